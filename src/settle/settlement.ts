import { randomUUID } from 'node:crypto';

import { readMembership } from '../contract/group';
import type { Ack, Delivery } from '../contract/message';
import {
  unreachable,
  type Burial,
  type Copy,
  type Lease,
  type SettleVerdict,
  type Task,
  type TaskState,
  type Tries,
  type Word,
} from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import type { Ends } from '../group/ends';
import { copyOf } from './copyOf';
import { deadIdOf } from './deadLetter';
import { attemptEntry, failureContext } from './failure';
import type { Decision, GivingUp } from './policy';
import type { Post } from './post';
import type { By, PuttingOff, Recorded, Records } from './records';

export interface SettlementOptions {
  readonly records: Records;
  readonly post: Post;
  readonly ends: Ends;
  /** Names the set of the tasks' keys. */
  readonly scope: string;
  readonly queue: string;
  readonly waitLimitMs: number;
  /** Named in failure contexts. */
  readonly workflow: string;
  decide(word: Word, owned: Owned): Decision;
}

/** What the history says of a parked task. */
const WAITS = 'stands at a Wait node';

/** `said`: nothing was done, because a word stands; undefined: somebody else has the task. */
type Carried = SettleVerdict | 'said' | undefined;

/** What is told while a delivery is settled. */
export interface Steps {
  /** Its end is recorded, and nothing is published yet. From here on a renewal of its lease would find it lost. */
  recorded?(): void;
  /** Asked once the end is carried out; resolves when the run is over. */
  over?(): Promise<void>;
}

/** A delivery whose task is admitted. */
export interface Owned {
  readonly task: Task;
  readonly lease: Lease;
  readonly tries: Tries;
}

/**
 * Ends deliveries; the only place that acks them. Letting go is always: the end in Redis, publish confirmed, mark published, ack. A
 * crash between any two repeats a step under the same id. It waits without end for a server that is away: the delivery stays
 * unacked, so nothing is lost.
 */
export class Settlement {
  constructor(private readonly options: SettlementOptions) {}

  /**
   * Does what was decided. The end is recorded at once; the delivery is let go when the run is over, because what is unacked bounds
   * how many runs are alive.
   *
   * @returns undefined when the lease was taken over: nothing is acked, and the task's state says what its delivery is now
   */
  async settle(
    owned: Owned,
    decision: Decision,
    ack: Ack,
    { recorded = () => undefined, over }: Steps = {},
  ): Promise<SettleVerdict | undefined> {
    let verdict = await this.carryOut(owned, decision, recorded);
    while (verdict === 'said') {
      // The run's end was faster than the notification of its word. Gone by now: then its end decides after all.
      const word = await this.options.records.standingWord(owned.task);
      const decided = word ? this.options.decide(word, owned) : decision;
      verdict = await this.carryOut(owned, decided, recorded);
    }
    if (!verdict) return undefined;
    await this.count(owned.task, decision.kind === 'dead' ? decision.why.message : undefined);
    await over?.();
    ack(owned.task.delivery.tag);
    return verdict;
  }

  /** A run that was given up succeeded after all: its task is done, so neither its copy nor a replay runs again. */
  async doneLate({ task, lease }: Owned): Promise<void> {
    await this.options.records.finishLate(task, lease);
    // A copy of it that comes back is counted as well.
    await this.count(task).catch(() => undefined);
  }

  /** Another copy is, or was, the task. One that had ended may not have been counted in its group. */
  async dropped(task: Task, state: TaskState, ack: Ack): Promise<SettleVerdict> {
    await this.count(task);
    ack(task.delivery.tag);
    return { kind: 'dropped', state };
  }

  /** Its owner may still be at work: comes back under the same id after a while, so that its place here is free. */
  async sendRound(task: Task, delayMs: number, ack: Ack): Promise<SettleVerdict> {
    await this.options.post.heldCopy(task, delayMs);
    ack(task.delivery.tag);
    return { kind: 'sent_round', delayMs };
  }

  /** It waits in another queue from now on. */
  async move(task: Task, to: string, ack: Ack): Promise<void> {
    await this.options.post.move(task, to);
    ack(task.delivery.tag);
  }

  /** The intent to put the task off is recorded; its copy may not be out yet. */
  async unsent(task: Task, copy: Copy, ack: Ack): Promise<SettleVerdict> {
    await this.send(task, copy);
    ack(task.delivery.tag);
    return { kind: 'retried', copy, counts: true };
  }

  /** The intent to dead-letter is recorded; its letter may not be out yet. */
  async unburied(task: Task, burial: Burial, ack: Ack): Promise<SettleVerdict> {
    await this.publishLetter(task, burial);
    await this.count(task);
    ack(task.delivery.tag);
    return { kind: 'dead', reason: burial.reason };
  }

  /** Never became a task, or must not touch the task whose key it has: no state to change, only a letter. */
  async stateless(delivery: Delivery, why: GivingUp, ack: Ack): Promise<SettleVerdict> {
    const { queue, workflow, post } = this.options;
    const { reason } = why;
    const failure = failureContext({ ...why, delivery, queue, workflow, ran: false });
    await post.letter(delivery, { deadId: deadIdOf(delivery, queue), reason, failure });
    const child = readMembership(delivery.headers[HEADER.child]);
    if (child) await this.options.ends.count(child, { end: 'dead', reason, message: why.message });
    ack(delivery.tag);
    return { kind: 'dead', reason };
  }

  /** The end that is recorded of a child, in its group. */
  private async count({ child, key }: Task, message?: string): Promise<void> {
    const { ends, scope } = this.options;
    if (child) await ends.countTask(child, { scope, key }, message);
  }

  private async carryOut(owned: Owned, decision: Decision, recorded: () => void): Promise<Carried> {
    const { task, lease, tries } = owned;
    const { by = '' } = decision;
    switch (decision.kind) {
      case 'done': {
        const finished = await this.options.records.finish(task, lease, by);
        if (finished === 'said') return finished;
        if (finished === 'spoken') return undefined;
        recorded();
        return { kind: finished === 'recorded' ? 'done' : 'overtaken' };
      }
      case 'canceled':
        recorded();
        return { kind: 'canceled' };
      case 'retry': {
        const { delayMs, counts, error } = decision;
        const copy = copyOf(tries, delayMs, counts ? 'attempt' : 'throttle');
        const entry = attemptEntry(error, delayMs, counts);
        const verdict = { kind: 'retried', copy, counts } as const;
        return await this.putOff(owned, { to: 'retrying', copy, entry }, verdict, by, recorded);
      }
      case 'park': {
        const { waitLimitMs } = this.options;
        const copy = copyOf(tries, waitLimitMs, 'nothing');
        const entry = attemptEntry({ message: WAITS }, waitLimitMs, false);
        const verdict = { kind: 'parked', copy } as const;
        return await this.putOff(owned, { to: 'waiting', copy, entry }, verdict, by, recorded);
      }
      case 'dead':
        return await this.dead(owned, decision.why, by, recorded);
      default:
        return unreachable(decision);
    }
  }

  private async putOff(
    { task, lease }: Owned,
    off: PuttingOff,
    verdict: SettleVerdict,
    by: By,
    recorded: () => void,
  ): Promise<Carried> {
    const put = await this.options.records.putOff(task, lease, off, by);
    if (put !== 'recorded') return elsewhere(put);
    recorded();
    await this.send(task, off.copy);
    return verdict;
  }

  private async dead(
    { task, lease, tries }: Owned,
    why: GivingUp,
    by: By,
    recorded: () => void,
  ): Promise<Carried> {
    const { records, queue, workflow } = this.options;
    const { delivery } = task;
    const tried = tries.attempt > 1 || tries.throttles > 0;
    const history = tried ? await records.history(task) : '';
    const burial: Burial = {
      deadId: randomUUID(),
      reason: why.reason,
      failure: failureContext({ ...why, delivery, task, queue, workflow, history, ran: ran(why) }),
    };
    const buried = await records.bury(task, lease, burial, by);
    if (buried !== 'recorded') return elsewhere(buried);
    recorded();
    await this.publishLetter(task, burial);
    return { kind: 'dead', reason: burial.reason };
  }

  private async send(task: Task, copy: Copy): Promise<void> {
    const { post, records } = this.options;
    await post.copy(task, copy);
    await records.sent(task, copy);
  }

  private async publishLetter(task: Task, burial: Burial): Promise<void> {
    const { post, records } = this.options;
    await post.letter(task.delivery, burial);
    await records.buried(task, burial);
  }
}

/** The task has an end already, or somebody else has it. */
function elsewhere(recorded: Exclude<Recorded, 'recorded'>): Carried {
  if (recorded === 'said') return recorded;
  return recorded === 'overtaken' ? undefined : { kind: recorded };
}

/** Whether a run came before the end. */
export function ran({ reason, error }: GivingUp): boolean {
  return error !== undefined || reason === 'dead_lettered';
}
