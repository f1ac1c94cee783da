import { InputError, RefusedError, UnavailableError } from '../contract/errors';
import type { CheckingPublisher } from './checking';

/**
 * Keeps a queue from being filled beyond a bound: looks at each queue once, before the first message to it, and counts what is sent from
 * then on. Soft, because others send as well: they may go beyond it by what they send between a look and its messages.
 */
export class Depths {
  private readonly room = new Map<string, Promise<{ left: number }>>();

  /** @param most tasks that may wait in a queue, lanes included; undefined: no bound */
  constructor(
    private readonly publisher: CheckingPublisher,
    private readonly most: number | undefined,
  ) {}

  /**
   * Undefined without a bound. Takes a place in the queue, which is not given back when the send then fails.
   *
   * @param queue undefined when the task goes to an exchange
   * @throws UnavailableError `queue_full`
   * @throws RefusedError `not_found` when there is no such queue
   * @throws InputError when there is a bound and no queue
   */
  enter(queue: string | undefined): Promise<void> | undefined {
    return this.most === undefined ? undefined : this.take(queue, this.most);
  }

  private async take(queue: string | undefined, most: number): Promise<void> {
    if (queue === undefined) {
      throw new InputError(
        'Refuse Above (Waiting Tasks)',
        'an exchange has no depth',
        'Send to a queue, or remove this option.',
      );
    }
    let looked = this.room.get(queue);
    if (!looked) {
      looked = this.look(queue, most);
      this.room.set(queue, looked);
    }
    const room = await looked;
    if (room.left <= 0) throw full(queue, most);
    room.left -= 1;
  }

  private async look(queue: string, most: number): Promise<{ left: number }> {
    try {
      return { left: most - (await this.publisher.depth(queue)) };
    } catch (error) {
      throw explain(error, queue);
    }
  }
}

function full(queue: string, most: number): UnavailableError {
  return new UnavailableError(
    'queue_full',
    `Queue "${queue}" holds ${most} waiting tasks or more; this one was not sent.`,
    'Send it again later, let more consumers work, or raise Refuse Above.',
  );
}

function explain(error: unknown, queue: string): unknown {
  if (!(error instanceof RefusedError) || error.code !== 'not_found') return error;
  return new RefusedError(
    'not_found',
    `There is no queue "${queue}".`,
    'Create it (publishing the workflow that consumes it does), or correct Queue.',
    { cause: error },
  );
}
