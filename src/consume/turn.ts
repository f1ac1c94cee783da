import type { TurnVerdict } from '../admit/turns';
import type { BudgetedCall } from '../budget/call';
import { patiently } from '../contract/patience';
import type { RunError, RunVerdict, SettleVerdict, Task } from '../contract/verdicts';
import type { Run } from '../run/run';
import { classify } from '../settle/classify';
import type { Owned } from '../settle/settlement';
import type { Hand } from './hand';
import type { Room } from './room';

/** How long a delivery that was held to no avail stays away, ms. */
export const ROUND_MS = 30_000;

/** What is left of the time that a delivery may be held, ms; below 0 when it is over. */
export function holdLeft(task: Task, room: Room): number {
  return room.settings.holdMs - (performance.now() - task.arrivedAt);
}

/** Waits until the budget of this consumer lets the task run. @throws ClosedError when the consumer or its channel ends */
export async function turnOf({ task, lease }: Owned, hand: Hand, room: Room): Promise<TurnVerdict> {
  if (!room.turns) return { kind: 'go' };
  return await room.turns.take(task, lease, Math.max(0, holdLeft(task, room)), hand.signal);
}

/** The delivery goes away under its own id, and no attempt is counted: what it waits for is not the task's fault. */
export async function comeBack(
  { task, lease }: Owned,
  ms: number,
  hand: Hand,
  room: Room,
): Promise<SettleVerdict> {
  await patiently(() => room.admission.release(lease), { signal: hand.signal, refused: 'wait' });
  return await room.settlement.sendRound(task, ms, hand.ack);
}

/** Ends what was reserved when the run is over. A run that was pushed back blocks the budget for all. */
export async function endShare(share: BudgetedCall, run: Run, room: Room): Promise<void> {
  const verdict = await run.verdict.catch(() => undefined);
  await run.over;
  if (!run.begun) return await share.notSent();
  const error = verdict && errorOf(verdict);
  if (!error) return await share.end();
  if (classify(error, room.settings.retry.giveUpOn) !== 'throttled') {
    return await share.end({ ok: false });
  }
  return await share.pushedBack(error.retryAfterMs, {});
}

function errorOf(verdict: RunVerdict): RunError | undefined {
  if (verdict.kind === 'word') return verdict.word.kind === 'fail' ? verdict.word.error : undefined;
  return verdict.kind === 'ended' && verdict.end.kind === 'failed' ? verdict.end.error : undefined;
}
