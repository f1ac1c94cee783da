import type { Ack } from '../contract/message';
import { unreachable, type SettleVerdict, type Task, type Tries } from '../contract/verdicts';
import { copyOf } from './copyOf';
import { deadIdOf } from './deadLetter';
import { failureContext } from './failure';
import type { Decision, GivingUp } from './policy';
import { ran, type SettlementOptions } from './settlement';

/**
 * Ends runs that began without a lease, because the store was away: publish confirmed, then ack. A crash between the two makes a second
 * copy. A task that comes back keeps its message id: the state that the store still has of it must know it again.
 */
export class UnguardedSettlement {
  constructor(private readonly options: SettlementOptions) {}

  async settle(
    task: Task,
    tries: Tries,
    decision: Decision,
    ack: Ack,
    over: Promise<void> = Promise.resolve(),
  ): Promise<SettleVerdict> {
    const verdict = await this.carryOut(task, tries, decision);
    await over;
    ack(task.delivery.tag);
    return verdict;
  }

  private async carryOut(task: Task, tries: Tries, decision: Decision): Promise<SettleVerdict> {
    const { post, records, waitLimitMs } = this.options;
    switch (decision.kind) {
      case 'done':
        // Should the store come back soon, later copies are known as duplicates.
        void records.finishLate(task, { key: task.key, fence: 0 });
        return { kind: 'done' };
      case 'canceled':
        return { kind: 'canceled' };
      case 'retry': {
        const { delayMs, counts } = decision;
        const copy = copyOf(tries, delayMs, counts ? 'attempt' : 'throttle');
        await post.heldCopy(task, delayMs, copy);
        return { kind: 'retried', copy, counts };
      }
      case 'park': {
        const copy = copyOf(tries, waitLimitMs, 'nothing');
        await post.heldCopy(task, waitLimitMs, copy);
        return { kind: 'parked', copy };
      }
      case 'dead':
        return await this.dead(task, decision.why);
      default:
        return unreachable(decision);
    }
  }

  private async dead(task: Task, why: GivingUp): Promise<SettleVerdict> {
    const { queue, workflow, post } = this.options;
    const { delivery } = task;
    const { reason } = why;
    const failure = failureContext({ ...why, delivery, task, queue, workflow, ran: ran(why) });
    await post.letter(delivery, { deadId: deadIdOf(delivery, queue), reason, failure });
    return { kind: 'dead', reason };
  }
}
