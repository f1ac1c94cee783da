import { randomUUID } from 'node:crypto';

import type { AskOptions, BudgetOptions, UsageOptions } from '../contract/budget';
import { patiently } from '../contract/patience';
import { acquire, type AcquireVerdict, type Waits } from './acquire';
import type { BudgetDesk } from './desk';
import type { Reservation } from './reservation';

/** The lease of a call, ms: extended every ten seconds, and soon over when its process died. */
const LEASE_MS = 30_000;
/** How long the end of a call waits for a store that is away, ms; then its lease runs out, and it is charged as reserved. */
const END_WAIT_MS = 60_000;

export interface CallOptions {
  readonly budget: string;
  /** Fresh by default; the same id asked again is one charge. */
  readonly id?: string;
  readonly ask: Omit<AskOptions, 'id' | 'leaseMs'>;
  /** Longest wait for the budget, ms. */
  readonly longestMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Creates the budget when there is none. */
  readonly limitsIfNew?: BudgetOptions | undefined;
  onWait?(verdict: Waits): void;
}

/** One call of a model, under way. The first of its ends counts. */
export interface BudgetedCall {
  readonly reservation: Reservation;
  readonly waitedMs: number;
  /** It is over; what is not told counts as reserved. */
  end(usage?: UsageOptions): Promise<void>;
  /**
   * The provider refused it (429): nobody calls until `retryAfterMs` from now, or for as long as the budget chooses.
   *
   * @param usage no tokens by default
   */
  pushedBack(retryAfterMs?: number, usage?: Omit<UsageOptions, 'ok'>): Promise<void>;
  /** It was surely not sent: all is given back. */
  notSent(): Promise<void>;
}

export type CallVerdict =
  | { readonly kind: 'begun'; readonly call: BudgetedCall }
  | Exclude<AcquireVerdict, { kind: 'acquired' }>;

/**
 * Waits for its turn, then holds what was reserved until the call is over. Its ends never throw: what the store cannot be told within a
 * minute is charged as reserved when the lease runs out.
 *
 * @throws ClosedError when the signal aborts; nothing is held then. UnavailableError when the store is away until the longest wait is
 *   over; InputError for what is out of range
 */
export async function beginCall(desk: BudgetDesk, options: CallOptions): Promise<CallVerdict> {
  const { budget, id = randomUUID(), ask, ...waiting } = options;
  const asked = { ...ask, id, leaseMs: LEASE_MS };
  const verdict = await acquire(desk.budgets, budget, asked, waiting);
  if (verdict.kind !== 'acquired') return verdict;
  const { reservation, waitedMs } = verdict;
  return { kind: 'begun', call: heldCall(desk, reservation, waitedMs) };
}

/** Holds what was reserved until one of its ends. */
function heldCall(desk: BudgetDesk, reservation: Reservation, waitedMs: number): BudgetedCall {
  const { budgets } = desk;
  const { budget, id } = reservation;
  const letGo = desk.holding.keep(reservation);
  let over = false;
  const once = async (tell: () => Promise<unknown>) => {
    if (over) return;
    over = true;
    letGo();
    await patiently(tell, { limitMs: END_WAIT_MS }).catch(() => undefined);
  };
  return {
    reservation,
    waitedMs,
    end: (usage) => once(() => budgets.reconcile(reservation, usage)),
    pushedBack: (retryAfterMs, usage = { input: 0, output: 0 }) =>
      once(async () => {
        await budgets.block(budget, retryAfterMs, id);
        await budgets.reconcile(reservation, { ...usage, ok: false });
      }),
    notSent: () => once(() => budgets.release(budget, id)),
  };
}
