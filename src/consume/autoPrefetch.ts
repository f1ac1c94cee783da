import type { Intake } from '../broker/intake';
import type { Budgets } from '../budget/budgets';
import type { BudgetState } from '../contract/budgetVerdicts';
import { pause } from '../contract/patience';

/** How often the load is looked at, ms. */
const EVERY_MS = 2000;
/** Where it begins, so that 50,000 tasks do not begin at once with a budget for ten. */
const START = 10;
/** Share of the calls that wait, below which more deliveries are taken, and above which fewer. */
const FEW_WAIT = 0.1;
const MANY_WAIT = 0.25;
const GROWTH = 1.5;
const SHRINKAGE = 0.8;

/** What a consumer and its budget are doing. */
export interface Load {
  readonly prefetch: number;
  /** Bounds of the prefetch: a batch, and what a person allows. */
  readonly least: number;
  readonly most: number;
  /** Deliveries in hand. */
  readonly inHand: number;
  /** Calls under way and calls that wait, of all who share the budget. */
  readonly calls: number;
  readonly waiting: number;
}

/**
 * The prefetch to go on with. By Little's law a consumer needs rate x run time of deliveries in hand, its share of both; more of them only
 * wait for the budget. Neither needs to be known: while many calls wait there are too many in hand, and while few wait and all places
 * are taken there may be too few. Some always wait, so that the budget is never what stands idle.
 */
export function nextPrefetch(load: Load): number {
  const { prefetch, least, most, inHand, calls, waiting } = load;
  const share = waiting / Math.max(1, calls + waiting);
  if (share > MANY_WAIT) return Math.max(least, Math.floor(prefetch * SHRINKAGE));
  if (share < FEW_WAIT && inHand >= prefetch) return Math.min(most, Math.ceil(prefetch * GROWTH));
  return prefetch;
}

export interface AutoPrefetchOptions {
  readonly budgets: Pick<Budgets, 'state'>;
  readonly budget: string;
  readonly least: number;
  readonly most: number;
  inHand(): number;
  changed(prefetch: number): void;
}

/** Steers the prefetch of a consumer by its budget; what it found out stays across reconnects. */
export class AutoPrefetch {
  prefetch: number;

  constructor(private readonly options: AutoPrefetchOptions) {
    const { least, most } = options;
    this.prefetch = Math.min(most, Math.max(least, START));
  }

  /** Until the signal aborts. */
  async steer(intake: Pick<Intake, 'resize'>, signal: AbortSignal): Promise<void> {
    const { budgets, budget, changed } = this.options;
    for (;;) {
      await pause(EVERY_MS, signal);
      if (signal.aborted) return;
      // A store that is away says nothing about the load, and a channel that is ending is followed by another.
      const state = await budgets.state(budget).catch(() => undefined);
      const next = state && isOpen(state) ? this.next(state) : this.prefetch;
      if (next === this.prefetch || signal.aborted) continue;
      const resized = await intake.resize(next).then(
        () => true,
        () => false,
      );
      if (!resized) continue;
      this.prefetch = next;
      changed(next);
    }
  }

  private next({ calls, waiting }: BudgetState<unknown>): number {
    const { least, most, inHand } = this.options;
    return nextPrefetch({ prefetch: this.prefetch, least, most, inHand: inHand(), calls, waiting });
  }
}

/** A closed one lets everybody wait, however few they are. */
function isOpen({ paused, blockedMs, closedMs }: BudgetState<unknown>): boolean {
  return !paused && blockedMs === 0 && closedMs === 0;
}
