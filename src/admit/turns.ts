import type { Waits } from '../budget/acquire';
import { beginCall, type BudgetedCall } from '../budget/call';
import type { BudgetDesk } from '../budget/desk';
import { shareOf } from '../budget/share';
import type { TaskBudget } from '../contract/budget';
import { ClosedError, patiently, pause } from '../contract/patience';
import { unreachable, type Lease, type Task } from '../contract/verdicts';

/** How long a task stays away when nobody knows when there is room, ms; and longest in any case, for a budget that is resumed sooner. */
const UNKNOWN_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** What a look at a budget is good for, ms: deliveries that come together look together. */
const LOOK_MS = 200;

export interface TurnsOptions {
  readonly budget: TaskBudget;
  readonly desk: BudgetDesk;
  readonly scope: string;
  /** Told of a task that waits: the constraint, or blocked, closed, paused or unknown. */
  waits(key: string, why: string): void;
}

export type TurnVerdict =
  /** What was reserved for it, if anything, is to be ended when its run is over. */
  | { readonly kind: 'go'; readonly share?: BudgetedCall }
  /** Nothing is held. */
  | { readonly kind: 'not_yet'; readonly ms: number }
  /** It needs more than its budget can ever grant. */
  | { readonly kind: 'never'; readonly message: string };

/** ms until it may be called, 0 now; and what is in the way. */
interface Look {
  readonly ms: number;
  readonly why: string;
}

/** Lets tasks run when their budget has room. Short waits are held; for long ones the delivery goes away and comes back. */
export class Turns {
  private looking: { readonly at: number; readonly answer: Promise<Look> } | undefined;

  constructor(private readonly options: TurnsOptions) {}

  /**
   * @param longestMs what is left of the time that a delivery may be held
   * @throws ClosedError when the signal aborts; nothing is held then
   */
  async take(
    task: Task,
    lease: Lease,
    longestMs: number,
    signal: AbortSignal,
  ): Promise<TurnVerdict> {
    const { use } = this.options.budget;
    switch (use) {
      case 'wait_while_blocked':
        return await this.whileBlocked(task, longestMs, signal);
      case 'reserve':
        return await this.reserve(task, lease, longestMs, signal);
      default:
        return unreachable(use);
    }
  }

  private async whileBlocked(
    task: Task,
    longestMs: number,
    signal: AbortSignal,
  ): Promise<TurnVerdict> {
    const until = performance.now() + longestMs;
    for (;;) {
      const { ms, why } = await this.look(signal);
      if (signal.aborted) throw new ClosedError('closed');
      if (ms === 0) return { kind: 'go' };
      this.options.waits(task.key, why);
      if (ms > until - performance.now()) return { kind: 'not_yet', ms: Math.min(ms, LONGEST_MS) };
      await pause(ms * (1 + Math.random() / 10), signal);
    }
  }

  private async look(signal: AbortSignal): Promise<Look> {
    const { looking } = this;
    const now = performance.now();
    if (looking && now - looking.at < LOOK_MS) return await looking.answer;
    const answer = patiently(() => this.closedFor(), { signal });
    this.looking = { at: now, answer };
    answer.catch(() => (this.looking = undefined));
    return await answer;
  }

  private async closedFor(): Promise<Look> {
    const { desk, budget } = this.options;
    const state = await desk.budgets.state(budget.name);
    if (!state) {
      if (!budget.limitsIfNew) return { ms: UNKNOWN_MS, why: 'unknown' };
      await desk.budgets.create(budget.name, budget.limitsIfNew, { ifThere: 'keep' });
      return { ms: 1, why: 'closed' };
    }
    const { paused, blockedMs, closedMs } = state;
    if (paused) return { ms: UNKNOWN_MS, why: 'paused' };
    return closedMs > blockedMs
      ? { ms: closedMs, why: 'closed' }
      : { ms: blockedMs, why: 'blocked' };
  }

  private async reserve(
    task: Task,
    lease: Lease,
    longestMs: number,
    signal: AbortSignal,
  ): Promise<TurnVerdict> {
    const { desk, budget, scope, waits } = this.options;
    const { estimate, tenant } = task.reference;
    const verdict = await beginCall(desk, {
      budget: budget.name,
      id: shareOf(scope, lease),
      ask: {
        requests: estimate?.requests ?? budget.estimate.requests,
        input: estimate?.input_tokens ?? budget.estimate.input,
        output: estimate?.output_tokens ?? budget.estimate.output,
        tenant: tenant ?? '',
      },
      longestMs,
      signal,
      limitsIfNew: budget.limitsIfNew,
      onWait: (why) => waits(task.key, why.kind === 'wait' ? why.constraint : why.kind),
    });
    switch (verdict.kind) {
      case 'begun':
        return { kind: 'go', share: verdict.call };
      case 'waited_out':
        return { kind: 'not_yet', ms: awayFor(verdict.last) };
      case 'unknown':
        waits(task.key, 'unknown');
        return { kind: 'not_yet', ms: UNKNOWN_MS };
      case 'oversized': {
        const { constraint, limit, asked } = verdict;
        const message = `needs ${asked} of ${constraint} of budget "${budget.name}", which never grants more than ${limit}`;
        return { kind: 'never', message };
      }
      default:
        return unreachable(verdict);
    }
  }
}

function awayFor(last: Waits): number {
  return last.kind === 'paused' ? UNKNOWN_MS : Math.min(Math.max(last.ms, 1000), LONGEST_MS);
}
