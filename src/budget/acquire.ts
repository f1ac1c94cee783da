import { askSchema, type AskOptions, type BudgetOptions } from '../contract/budget';
import type { ReserveVerdict } from '../contract/budgetVerdicts';
import { ClosedError, patiently, pause } from '../contract/patience';
import { readSettings } from '../contract/settings';
import { unreachable } from '../contract/verdicts';
import type { Budgets } from './budgets';
import { reservationOf, type Reservation } from './reservation';

export interface AcquireOptions {
  /** Longest wait, ms. */
  readonly longestMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Limits if New: creates the budget when there is none. */
  readonly limitsIfNew?: BudgetOptions | undefined;
  /** Told why it waits, each time it is told to. */
  onWait?(verdict: Waits): void;
}

/** Verdicts after which it is worth asking again. */
export type Waits = Extract<ReserveVerdict, { kind: 'wait' | 'blocked' | 'closed' | 'paused' }>;

export type AcquireVerdict =
  | {
      readonly kind: 'acquired';
      readonly reservation: Reservation;
      readonly waitedMs: number;
    }
  /** The longest wait is over, or will be before there can be room. */
  | { readonly kind: 'waited_out'; readonly last: Waits; readonly waitedMs: number }
  | Extract<ReserveVerdict, { kind: 'oversized' | 'unknown' }>;

/** How long a paused budget is left alone, ms. */
const PAUSED_MS = 2000;
/** Longest spread of those that a block lets go at one moment, ms. */
const SPREAD_MS = 1000;

/**
 * Waits for its turn. A store that is away is waited for as well.
 *
 * @throws ClosedError when the signal aborts; nothing is held then. UnavailableError when the store is away until the longest wait is over
 */
export async function acquire(
  budgets: Budgets,
  budget: string,
  asked: AskOptions,
  options: AcquireOptions,
): Promise<AcquireVerdict> {
  const { longestMs, signal, limitsIfNew, onWait } = options;
  const ask = readSettings(askSchema, asked);
  const began = performance.now();
  const left = () => longestMs - (performance.now() - began);
  const once = () =>
    limitsIfNew ? budgets.reserveOrCreate(budget, ask, limitsIfNew) : budgets.reserve(budget, ask);
  // A lost one is gone by its lease, or by its place in the line, without help.
  const letGo = () => budgets.release(budget, ask.id).catch(() => undefined);

  try {
    for (;;) {
      const verdict = await patiently(once, { signal, limitMs: left() });
      if (signal?.aborted) throw new ClosedError('closed');
      const waitedMs = performance.now() - began;
      switch (verdict.kind) {
        case 'granted': {
          const reservation = reservationOf(budget, ask, verdict.reserved);
          return { kind: 'acquired', reservation, waitedMs };
        }
        case 'oversized':
        case 'unknown':
          return verdict;
        case 'wait':
        case 'blocked':
        case 'closed':
        case 'paused':
          onWait?.(verdict);
          if (soonest(verdict) > left()) {
            await letGo();
            return { kind: 'waited_out', last: verdict, waitedMs };
          }
          await pause(Math.min(pauseAfter(verdict, Math.random()), Math.max(0, left())), signal);
          break;
        default:
          unreachable(verdict);
      }
    }
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** The time before which there is surely no room, ms: a block ends when it ends, and a day is long; tokens of a minute may be given back. */
function soonest(verdict: Waits): number {
  switch (verdict.kind) {
    case 'blocked':
    case 'closed':
      return verdict.ms;
    case 'wait':
      return verdict.constraint.endsWith('_day') ? verdict.ms : 0;
    case 'paused':
      return 0;
    default:
      return unreachable(verdict);
  }
}

/**
 * How long to sleep before asking again, ms. Never less than was answered, and not the same for all.
 *
 * @param chance 0 to 1
 */
export function pauseAfter(verdict: Waits, chance: number): number {
  switch (verdict.kind) {
    case 'wait':
      return verdict.askAgainMs * (1 + chance / 10);
    case 'blocked':
    case 'closed':
      return verdict.ms + chance * SPREAD_MS;
    case 'paused':
      return PAUSED_MS * (1 + chance);
    default:
      return unreachable(verdict);
  }
}
