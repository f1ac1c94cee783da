import { randomUUID } from 'node:crypto';

import type { SwarmError } from '../contract/errors';
import type { Ack, Delivery, Publisher } from '../contract/message';
import { patiently } from '../contract/patience';
import type {
  Burial,
  Lease,
  Reason,
  RunError,
  SettleVerdict,
  Task,
  TaskState,
} from '../contract/verdicts';
import { Bulk } from '../store/bulk';
import type { Store } from '../store/store';
import { buriedScript, buryScript } from './buryScript';
import { deadIdOf, deadLetter } from './deadLetter';
import { failureContext } from './failure';
import { finishScript } from './finishScript';

export interface SettlementOptions {
  readonly store: Store;
  readonly scope: string;
  readonly publisher: Publisher;
  readonly queue: string;
  readonly deadExchange: string;
  readonly rememberMs: number;
  /** Named in failure contexts. */
  readonly workflow: string;
  away(what: 'broker' | 'store', error: SwarmError): void;
}

export interface GivingUp {
  readonly reason: Reason;
  readonly message: string;
  readonly error?: RunError | undefined;
  readonly attempt?: number | undefined;
}

/** How long a late success waits for a store that is away, ms. */
const LATE_LIMIT_MS = 60_000;

interface Finish {
  readonly task: Task;
  readonly lease: Lease;
}

/**
 * Ends deliveries; the only place that acks them. Letting go is always: the end in Redis, publish confirmed, mark published, ack. A
 * crash between any two repeats a step under the same id. It waits without end for a server that is away: the delivery stays
 * unacked, so nothing is lost.
 */
export class Settlement {
  private readonly finishes = new Bulk<Finish, string>((entries) => this.finish(entries));

  constructor(private readonly options: SettlementOptions) {}

  /**
   * The run succeeded, or said Complete: recorded at once. The delivery is let go when the run is over, because what is unacked
   * bounds how many runs are alive.
   */
  async done(
    task: Task,
    lease: Lease,
    ack: Ack,
    over: Promise<void> = Promise.resolve(),
  ): Promise<SettleVerdict> {
    const answer = await this.storePatiently(() => this.finishes.call({ task, lease }));
    await over;
    ack(task.delivery.tag);
    return answer === 'other' ? { kind: 'overtaken' } : { kind: 'done' };
  }

  /** A run that was given up succeeded after all: its task is done, so a replay of its dead letter does not run it again. */
  async doneLate(task: Task, lease: Lease): Promise<void> {
    const signal = AbortSignal.timeout(LATE_LIMIT_MS);
    await patiently(() => this.finishes.call({ task, lease }), { signal, refused: 'wait' }).catch(
      () => undefined,
    );
  }

  /** Another copy is, or was, the task. */
  dropped(task: Task, state: TaskState, ack: Ack): SettleVerdict {
    ack(task.delivery.tag);
    return { kind: 'dropped', state };
  }

  /** The task gives up. */
  async dead(task: Task, lease: Lease, why: GivingUp, ack: Ack): Promise<SettleVerdict> {
    const burial: Burial = {
      deadId: randomUUID(),
      reason: why.reason,
      failure: this.contextOf(task.delivery, why, task),
    };
    const answer = await this.storePatiently(() => this.bury(task, lease, burial));
    if (answer === 'dead') return await this.unburied(task, burial, ack);
    ack(task.delivery.tag);
    return answer === 'done' ? { kind: 'done' } : { kind: 'overtaken' };
  }

  /** The intent to dead-letter is recorded; its letter may not be out yet. */
  async unburied(task: Task, burial: Burial, ack: Ack): Promise<SettleVerdict> {
    const { store, scope } = this.options;
    await this.publish(task.delivery, burial);
    await this.storePatiently(() =>
      store.run(buriedScript, [store.keys.task(scope, task.key)], [burial.deadId]),
    );
    ack(task.delivery.tag);
    return { kind: 'dead', reason: burial.reason };
  }

  /** Never became a task, or must not touch the task whose key it has: no state to change, only a letter. */
  async stateless(delivery: Delivery, why: GivingUp, ack: Ack): Promise<SettleVerdict> {
    const { reason } = why;
    const deadId = deadIdOf(delivery, this.options.queue);
    await this.publish(delivery, { deadId, reason, failure: this.contextOf(delivery, why) });
    ack(delivery.tag);
    return { kind: 'dead', reason };
  }

  private contextOf(delivery: Delivery, why: GivingUp, task?: Task): string {
    const { queue, workflow } = this.options;
    return failureContext({ ...why, delivery, task, queue, workflow });
  }

  private async bury(task: Task, lease: Lease, burial: Burial): Promise<unknown> {
    const { store, scope, rememberMs } = this.options;
    return await store.run(
      buryScript,
      [store.keys.task(scope, lease.key)],
      [
        String(lease.fence),
        burial.deadId,
        burial.reason,
        burial.failure,
        task.delivery.properties.messageId ?? '',
        task.fingerprint,
        rememberMs,
      ],
    );
  }

  private async publish(delivery: Delivery, burial: Burial): Promise<void> {
    const { deadExchange, queue, publisher, away } = this.options;
    const to = { exchange: deadExchange, queue };
    let letter = deadLetter(delivery, burial, to);
    let failed = false;
    const send = async () => {
      if (failed) await publisher.checkExchange(deadExchange);
      failed = true;
      await publisher.publish(letter);
    };
    // A dead-letter queue that was deleted or is full keeps the delivery waiting: dropping it would lose the task.
    await patiently(send, {
      refused: 'wait',
      onAway(error) {
        if (error.code === 'too_large') letter = deadLetter(delivery, burial, to, 'own headers');
        away('broker', error);
      },
    });
  }

  private async finish(entries: readonly Finish[]): Promise<string[]> {
    const { store, scope, rememberMs } = this.options;
    return (await store.run(
      finishScript,
      entries.map(({ lease }) => store.keys.task(scope, lease.key)),
      [
        rememberMs,
        ...entries.flatMap(({ lease, task }) => [String(lease.fence), task.fingerprint]),
      ],
    )) as string[];
  }

  private async storePatiently<T>(act: () => Promise<T>): Promise<T> {
    return await patiently(act, {
      refused: 'wait',
      onAway: (error) => this.options.away('store', error),
    });
  }
}
