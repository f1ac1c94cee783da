import { randomUUID } from 'node:crypto';

import type { Outgoing } from '../contract/message';
import { dispatchSchema, readSettings, type DispatchOptions } from '../contract/settings';
import { encode, storeApart, takeBack, type Encoded, type Packed, type UsePayloads } from './apart';
import { Away } from './away';
import type { CheckingPublisher } from './checking';
import { Depths } from './depths';
import { KnownExchanges } from './exchanges';
import { fingerprintOf, idempotencyKey } from './idempotency';
import { toMessage } from './message';
import { readRequest, type DispatchRequest, type ReadRequest } from './request';
import { Window } from './window';

export interface DispatchWork {
  readonly count: number;
  /** The request of one item, read when its turn comes. What it throws fails this item alone. */
  request(index: number): DispatchRequest;
  readonly publisher: CheckingPublisher;
  /** Absent: nothing can be stored apart. */
  readonly usePayloads?: UsePayloads | undefined;
  readonly settings?: DispatchOptions | undefined;
}

export interface Dispatched {
  readonly ok: true;
  readonly task_id: string;
  /** Under which the task runs once. */
  readonly key: string;
  readonly message_id: string;
  /** Empty: straight to a queue. */
  readonly exchange: string;
  readonly routing_key: string;
  /** ISO time; of one that is delayed. */
  readonly due?: string;
  /** Of data that was stored apart. */
  readonly claim?: string;
}

export interface Failed {
  readonly ok: false;
  readonly error: unknown;
}

export type DispatchResult = Dispatched | Failed;

/** An item with which nothing is wrong so far as we can see from here. */
interface Prepared extends Encoded {
  readonly request: ReadRequest;
  readonly fingerprint: string;
  readonly key: string;
}

/** Memory that messages under way may take, beside the items themselves. */
const MOST_BYTES_UNDER_WAY = 32 * 1024 * 1024;

/**
 * Dispatches tasks: validate, fingerprint, deposit, publish, confirm. All are pipelined on one channel, a bounded number under
 * way at once, and each settles alone: results come in the order of the items, whatever became of the others. Of an item that
 * is refused before it is sent nothing is published, and nothing stays stored.
 *
 * An item's error is an InputError (its field is named), a RefusedError (`unroutable`, `nacked`, `not_found`, ...) or an
 * UnavailableError; `unconfirmed` means that it may have been sent, `queue_full` that it was not.
 *
 * @throws InputError when the settings are out of range
 */
export async function dispatch(work: DispatchWork): Promise<DispatchResult[]> {
  return await new Dispatch(work).all();
}

class Dispatch {
  private readonly settings;
  private readonly exchanges: KnownExchanges;
  private readonly depths: Depths;
  private readonly broker = new Away();
  private readonly usePayloads: UsePayloads | undefined;
  private laying: Promise<void> = Promise.resolve();

  constructor(private readonly work: DispatchWork) {
    this.settings = readSettings(dispatchSchema, work.settings ?? {});
    this.exchanges = new KnownExchanges(work.publisher);
    this.depths = new Depths(work.publisher, this.settings.refuseAbove);
    const { usePayloads } = work;
    const store = new Away();
    this.usePayloads = usePayloads && ((act) => store.unless(() => usePayloads(act)));
  }

  async all(): Promise<DispatchResult[]> {
    const { count } = this.work;
    const results = new Array<DispatchResult>(count);
    const window = new Window({ count: this.settings.window, bytes: MOST_BYTES_UNDER_WAY });
    for (let index = 0; index < count; index += 1) {
      const full = window.full();
      if (full) await full;
      const task = this.prepare(index);
      if ('error' in task) {
        results[index] = task;
        continue;
      }
      const size = task.body.length;
      window.enter(size);
      void this.send(task).then((result) => {
        results[index] = result;
        window.leave(size);
      });
    }
    await window.empty();
    return results;
  }

  /** Everything that can be wrong with an item before anything of it is stored or sent. */
  private prepare(index: number): Prepared | Failed {
    try {
      const request = readRequest(this.work.request(index));
      const fingerprint = fingerprintOf(request.reference);
      const key = idempotencyKey(request, fingerprint);
      const { storeAboveBytes } = this.settings;
      const encoded = encode(request.reference, storeAboveBytes, this.usePayloads !== undefined);
      return { request, fingerprint, key, ...encoded };
    } catch (error) {
      return { ok: false, error };
    }
  }

  private async send(task: Prepared): Promise<DispatchResult> {
    const { request, fingerprint, key } = task;
    const { exchange, routingKey, reference } = request;
    try {
      const check = this.exchanges.check(exchange);
      if (check) await this.broker.unless(() => check);
      const place = this.depths.enter(exchange === '' ? routingKey : undefined);
      if (place) await this.broker.unless(() => place);
      const { delayMs } = request;
      if (delayMs > 0) await this.broker.unless(() => this.layDelay(routingKey, delayMs));
      const { body, claim } = await this.packed(task);
      const messageId = randomUUID();
      const stamp = { body, messageId, key, fingerprint, claim, now: Date.now() };
      await this.publish(toMessage(request, stamp), claim);
      return {
        ok: true,
        task_id: reference.task_id,
        key,
        message_id: messageId,
        exchange,
        routing_key: routingKey,
        ...(delayMs > 0 && { due: new Date(stamp.now + delayMs).toISOString() }),
        ...(claim !== undefined && { claim }),
      };
    } catch (error) {
      return { ok: false, error };
    }
  }

  /** One at a time: of many with one delay the first lays, and the others find it there. */
  private async layDelay(queue: string, delayMs: number): Promise<void> {
    const laying = this.laying.then(() => this.work.publisher.layDelay(queue, delayMs));
    this.laying = laying.catch(() => undefined);
    await laying;
  }

  private packed({ apart, body, request }: Prepared): Packed | Promise<Packed> {
    if (!apart || !this.usePayloads) return { body };
    return storeApart(request.reference, this.settings, this.usePayloads);
  }

  private async publish(message: Outgoing, claim: string | undefined): Promise<void> {
    try {
      await this.broker.unless(() => this.work.publisher.publish(message));
    } catch (error) {
      if (claim !== undefined && this.usePayloads) await takeBack(claim, error, this.usePayloads);
      throw error;
    }
  }
}
