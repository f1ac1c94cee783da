import type { ConsumerSettings } from '../contract/settings';
import { STORE_NAMES } from '../contract/payloadStores';
import { howToGive } from '../payload/places';
import type { RedeemVerdict, Task } from '../contract/verdicts';
import type { GivingUp } from '../settle/policy';

/** When a task may not run, in the words of its dead letter; and for how long it may. */

/**
 * What a run is given at least, ms, when its delivery was held for long: within the margin that the consumer timeout leaves
 * beyond the run limit.
 */
const LATE_START_MS = 4 * 60_000;

/** What is left of the run limit, counted from the delivery, ms. */
export function timeLeft(task: Task, { runLimitMs }: ConsumerSettings): number {
  const left = runLimitMs - (performance.now() - task.arrivedAt);
  return Math.max(left, Math.min(runLimitMs, LATE_START_MS));
}

export function deadlinePassed({ deadline }: Task): boolean {
  return deadline !== undefined && deadline <= Date.now();
}

export function deadlineMissed({ deadline = 0 }: Task): GivingUp {
  const when = new Date(deadline).toISOString();
  return { reason: 'deadline_passed', message: `the deadline ${when} passed before a run began` };
}

/** @param verdict of a redemption that found nothing */
export function payloadMissing(verdict: Exclude<RedeemVerdict, { kind: 'redeemed' }>): GivingUp {
  const { claim } = verdict;
  if (verdict.kind === 'out_of_reach') {
    const { store } = verdict;
    return {
      reason: 'payload_missing',
      message: `${claim} is kept in ${STORE_NAMES[store]}, and this trigger was not given it. Nothing is lost: ${howToGive(store)} Then publish, and replay this letter.`,
    };
  }
  return {
    reason: 'payload_missing',
    message: `nothing is stored under ${claim}: its time to live ran out, it was deleted, or the store lost it`,
  };
}

/** @param message what it needs, and what it can get */
export function overBudget(message: string): GivingUp {
  return { reason: 'over_budget', message };
}

export function crashLoop(crashes: number): GivingUp {
  return {
    reason: 'crash_loop',
    message: `the process that worked on the task vanished ${crashes} times`,
  };
}

export function keyConflict(task: Task, state: string): GivingUp {
  return {
    reason: 'key_conflict',
    message: `the key "${task.key}" belongs to other work, which is ${state}: give this task another task_id or idempotency key`,
  };
}
