import { ladderRoute, levelOf } from '../broker/ladder';
import type { SwarmError } from '../contract/errors';
import type { Delivery, Outgoing, Publisher } from '../contract/message';
import { patiently } from '../contract/patience';
import type { Burial, Copy, Task } from '../contract/verdicts';
import { deadLetter } from './deadLetter';
import { heldCopy, retryCopy, type Keep, type Unrouted } from './envelope';

export interface PostOptions {
  readonly publisher: Publisher;
  readonly queue: string;
  readonly deadExchange: string;
  /** Sees to it that the delay ladder stands up to a step; `again` when it may have been taken away. */
  layLadder(level: number, again: boolean): Promise<void>;
  away(error: SwarmError): void;
  /** What a task names must last for as long as what it becomes. Absent: it names nothing. */
  readonly keep?: {
    putOff(delivery: Delivery, delayMs: number): Promise<void>;
    buried(delivery: Delivery): Promise<void>;
  };
}

/**
 * Publishes what a delivery becomes. Waits without end for a broker that is away, and for a queue that was deleted or is full: letting
 * go of the delivery would lose the task.
 */
export class Post {
  constructor(private readonly options: PostOptions) {}

  async copy(task: Task, copy: Copy): Promise<void> {
    const { queue } = this.options;
    await this.options.keep?.putOff(task.delivery, copy.delayMs);
    await this.throughLadder((keep) => retryCopy(task, copy, queue, keep), copy.delayMs);
  }

  /** @param tries told to the next one who has it, where the store cannot be asked */
  async heldCopy(
    task: Task,
    delayMs: number,
    tries?: Pick<Copy, 'attempt' | 'throttles'>,
  ): Promise<void> {
    const { queue } = this.options;
    await this.options.keep?.putOff(task.delivery, delayMs);
    await this.throughLadder((keep) => heldCopy(task, queue, keep, tries), delayMs);
  }

  /** Straight to a queue, under its own id. */
  async move(task: Task, to: string): Promise<void> {
    const { queue } = this.options;
    await this.publish(
      (keep) => ({ ...heldCopy(task, queue, keep), exchange: '', routingKey: to }),
      () => Promise.resolve(),
    );
  }

  /** A task of the pack's own, such as a join. @throws ClosedError when the signal aborts first */
  async own(message: Outgoing, signal: AbortSignal): Promise<void> {
    await this.publish(
      () => message,
      () => Promise.resolve(),
      signal,
    );
  }

  async letter(delivery: Delivery, burial: Burial): Promise<void> {
    const { deadExchange, queue, publisher } = this.options;
    const to = { exchange: deadExchange, queue };
    await this.options.keep?.buried(delivery);
    await this.publish(
      (keep) => deadLetter(delivery, burial, to, keep),
      async (again) => {
        if (again) await publisher.checkExchange(deadExchange);
      },
    );
  }

  private async throughLadder(make: (keep: Keep) => Unrouted, delayMs: number): Promise<void> {
    const level = levelOf(delayMs);
    const route = ladderRoute(delayMs);
    // Patiently as well: the steps of a long delay are laid down when they are needed first.
    await this.publish(
      (keep) => ({ ...make(keep), ...route }),
      (again) => this.options.layLadder(level, again),
    );
  }

  /** After a failure it is seen to first that the exchange stands. */
  private async publish(
    make: (keep: Keep) => Outgoing,
    prepare: (again: boolean) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    let message = make('all headers');
    let failed = false;
    const send = async () => {
      await prepare(failed);
      await this.options.publisher.publish(message);
    };
    await patiently(send, {
      refused: 'wait',
      signal,
      onAway: (error) => {
        failed = true;
        if (error.code === 'too_large') message = make('own headers');
        this.options.away(error);
      },
    });
  }
}
