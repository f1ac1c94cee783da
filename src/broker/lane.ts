import { IllegalOperationError, type ChannelModel, type ConfirmChannel } from 'amqplib';

import { messageOf, RefusedError, type SwarmError } from '../contract/errors';
import type { Outgoing } from '../contract/message';
import { goodbye, within } from '../contract/patience';
import { brokerCause } from './cause';
import type { BrokerConnection } from './connection';
import { lost, nacked, notTaken, stuck, tooLarge, unroutable } from './outcomes';

export interface Publishing {
  /**
   * Waits for as long as the broker blocks what publishes, and is told so when it begins; without it a publish fails with `blocked` or
   * `unconfirmed` after 30 s. For acts that a person does not wait for.
   */
  onBlocked?(error: SwarmError): void;
}

export interface LaneOptions {
  readonly connection: BrokerConnection;
  /** Longest wait for a confirm, ms. */
  readonly waitMs: number;
  /** Called when the lane can take no more; maybe more than once. */
  ended(lane: Lane): void;
}

interface Pending {
  readonly message: Outgoing;
  readonly publishing: Publishing;
  readonly sentAt: number;
  readonly settled: Promise<void>;
  /** Set by basic.return, which comes before the confirm of the same message. */
  returned?: string;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A confirm channel for one exchange: whatever the broker has against the exchange (it is internal, gone, or not ours to write to) ends
 * the channel, and so nobody else's messages. The first message goes alone, so that its refusal is certain.
 */
export class Lane {
  private drained: Promise<void> | undefined;
  private proven = false;
  private cause: Error | undefined;
  private readonly pending = new Map<string, Pending>();

  private constructor(
    private readonly channel: ConfirmChannel,
    private readonly options: LaneOptions,
  ) {}

  static async open(model: ChannelModel, options: LaneOptions): Promise<Lane> {
    const channel = await model.createConfirmChannel().catch((error: unknown) => {
      throw brokerCause(error, options.connection.settings);
    });
    const lane = new Lane(channel, options);
    channel.on('error', (error: Error) => (lane.cause = error));
    channel.on('close', () => lane.end(lane.cause ?? new Error('the channel was closed')));
    channel.on('return', ({ fields, properties }) => {
      const pending = lane.pending.get(String(properties.messageId));
      // The client's types leave out the reply of basic.return.
      const { replyText } = fields as { replyText?: string };
      if (pending) pending.returned = replyText ?? 'NO_ROUTE';
    });
    return lane;
  }

  get idle(): boolean {
    return this.pending.size === 0;
  }

  /** What has to happen before this message may be sent; undefined when nothing has. */
  obstacle({ messageId }: Outgoing): Promise<void> | undefined {
    const { connection, waitMs } = this.options;
    if (this.drained) return within(waitMs, this.drained, () => stuck(connection.blocked, waitMs));
    // A returned message is known by its id alone, so a second one under the same id waits for the first.
    const first = this.pending.get(messageId) ?? (this.proven ? undefined : this.oldest());
    return first?.settled.catch(() => undefined);
  }

  /** Resolves on the confirm of this very message. */
  async send(message: Outgoing, publishing: Publishing): Promise<void> {
    let resolve: () => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const settled = new Promise<void>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    const sentAt = performance.now();
    this.write({ message, publishing, sentAt, settled, resolve, reject });
    await settled;
  }

  /** Tells what is under way that it will take longer. */
  block(cause: SwarmError): void {
    for (const { publishing } of this.pending.values()) publishing.onBlocked?.(cause);
  }

  /**
   * Gives up what has waited for too long.
   *
   * @param since when the broker last began to take publishes, if it has blocked them
   */
  giveUpOverdue(since: number): void {
    const { connection, waitMs } = this.options;
    const reason = connection.blocked;
    const why =
      reason === undefined
        ? `no confirm for ${waitMs / 1000} s`
        : `it takes no messages (${reason})`;
    for (const [id, { message, publishing, sentAt, reject }] of this.pending) {
      if (reason !== undefined && publishing.onBlocked) continue;
      if (Math.max(sentAt, since) + waitMs > performance.now()) continue;
      this.pending.delete(id);
      reject(lost(message, why));
    }
  }

  async close(): Promise<void> {
    await goodbye(this.channel.close());
  }

  /** Nothing that is under way will be confirmed any more. */
  end(cause: Error): void {
    const { connection, ended } = this.options;
    ended(this);
    const told = brokerCause(cause, connection.settings);
    for (const [id, { message, reject }] of this.pending) {
      this.pending.delete(id);
      const certain = !this.proven && told instanceof RefusedError;
      reject(certain ? notTaken(message, told) : lost(message, cause.message));
    }
  }

  private oldest(): Pending | undefined {
    const [first] = this.pending.values();
    return first;
  }

  private write(pending: Pending): void {
    const { channel } = this;
    const { message, reject } = pending;
    const { exchange, routingKey, body, messageId, headers, properties } = message;
    this.pending.set(messageId, pending);
    try {
      const accepted = channel.publish(
        exchange,
        routingKey,
        body,
        {
          messageId,
          headers,
          persistent: true,
          mandatory: true,
          // One by one: a user id that is not ours would end the channel.
          contentType: properties.contentType,
          contentEncoding: properties.contentEncoding,
          type: properties.type,
          correlationId: properties.correlationId,
          replyTo: properties.replyTo,
          priority: properties.priority,
          timestamp: properties.timestamp,
          expiration: properties.expiration,
          appId: properties.appId,
        },
        (error: unknown) => this.confirmed(messageId, error),
      );
      if (!accepted) this.drained ??= this.drain();
    } catch (error) {
      if (error instanceof IllegalOperationError) {
        // The channel is closing and has not told us yet.
        this.end(error);
        return;
      }
      this.pending.delete(messageId);
      reject(tooLarge(error));
    }
  }

  private async drain(): Promise<void> {
    const { channel } = this;
    await new Promise<void>((resolve) => {
      const go = () => {
        channel.off('drain', go);
        channel.off('close', go);
        resolve();
      };
      channel.once('drain', go);
      channel.once('close', go);
    });
    this.drained = undefined;
  }

  private confirmed(messageId: string, error: unknown): void {
    const pending = this.pending.get(messageId);
    if (!pending) return;
    // amqplib calls back for what was under way when the channel closed, too.
    if (error && messageOf(error) !== 'message nacked') return;
    this.proven = true;
    this.pending.delete(messageId);
    const { message, returned, resolve, reject } = pending;
    if (returned !== undefined) reject(unroutable(message, returned));
    else if (error) reject(nacked(message));
    else resolve();
  }
}
