import type { ChannelModel, ConfirmChannel } from 'amqplib';

import { messageOf, RefusedError, UnavailableError } from '../contract/errors';
import type { Outgoing, Publisher } from '../contract/message';
import { goodbye, within } from '../contract/patience';
import { brokerCause } from './cause';
import type { BrokerConnection } from './connection';
import { CONFIRM_WAIT_MS, full, lost, nacked, unroutable } from './outcomes';

interface Pending {
  readonly message: Outgoing;
  readonly sentAt: number;
  readonly settled: Promise<void>;
  /** Set by basic.return, which comes before the confirm of the same message. */
  returned?: string;
  resolve(): void;
  reject(error: Error): void;
}

/** Longest wait for a channel, ms. */
const CHANNEL_WAIT_MS = 10_000;

/**
 * One confirm channel: mandatory, persistent, pipelined. Any number of publishes may be under way; each resolves on its own
 * confirm.
 */
export class ConfirmingPublisher implements Publisher {
  private channel: ConfirmChannel | undefined;
  private opening: Promise<ConfirmChannel> | undefined;
  private drained: Promise<void> | undefined;
  private readonly pending = new Map<string, Pending>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly connection: BrokerConnection) {
    connection.on('down', (cause) => this.lose(new Error(cause.message)));
    this.sweeper = setInterval(() => this.giveUpOverdue(), 1000).unref();
  }

  async publish(message: Outgoing): Promise<void> {
    let channel: ConfirmChannel | undefined;
    // Nothing may be awaited between the last look and the send: another of the same id could come in between.
    while (!channel) {
      // A returned message is known by its id alone, so a second one under the same id waits for the first.
      const same = this.pending.get(message.messageId);
      if (this.drained) await within(CONFIRM_WAIT_MS, this.drained, full);
      else if (same) await same.settled.catch(() => undefined);
      else if (this.channel) channel = this.channel;
      else await this.open();
    }
    let resolve: () => void = () => undefined;
    let reject: (error: Error) => void = () => undefined;
    const settled = new Promise<void>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    this.send(channel, { message, sentAt: performance.now(), settled, resolve, reject });
    await settled;
  }

  /** Fails when the exchange does not exist. Publishing to a missing one would close the channel under every other message. */
  async checkExchange(name: string): Promise<void> {
    const model = await this.model();
    try {
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      await channel.checkExchange(name);
      await goodbye(channel.close());
    } catch (error) {
      throw brokerCause(error, this.connection.settings);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper);
    const channel = this.channel;
    this.channel = undefined;
    if (channel) await goodbye(channel.close());
    this.lose(new Error('the publisher was closed'));
  }

  private send(channel: ConfirmChannel, pending: Pending): void {
    const { message } = pending;
    const { properties } = message;
    this.pending.set(message.messageId, pending);
    let accepted: boolean;
    try {
      accepted = channel.publish(
        message.exchange,
        message.routingKey,
        message.body,
        {
          messageId: message.messageId,
          persistent: true,
          mandatory: true,
          headers: message.headers,
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
        (error: unknown) => this.confirmed(message.messageId, error),
      );
    } catch (error) {
      this.pending.delete(message.messageId);
      pending.reject(
        channel === this.channel
          ? new RefusedError(
              'too_large',
              `The message cannot be encoded: ${messageOf(error)}`,
              'Use fewer or shorter headers and properties.',
              { cause: error },
            )
          : lost(message, messageOf(error)),
      );
      return;
    }
    if (!accepted && !this.drained) {
      this.drained = new Promise((resolve) => {
        const go = () => {
          channel.off('drain', go);
          channel.off('close', go);
          this.drained = undefined;
          resolve();
        };
        channel.once('drain', go);
        channel.once('close', go);
      });
    }
  }

  private confirmed(messageId: string, error: unknown): void {
    const pending = this.pending.get(messageId);
    if (!pending) return;
    this.pending.delete(messageId);
    if (pending.returned !== undefined) {
      pending.reject(unroutable(pending.message, pending.returned));
    } else if (error && messageOf(error) !== 'message nacked') {
      // amqplib calls back for what was under way when the channel closed, too.
      pending.reject(lost(pending.message, messageOf(error)));
    } else if (error) {
      pending.reject(nacked(pending.message));
    } else {
      pending.resolve();
    }
  }

  private async model(): Promise<ChannelModel> {
    const { connection } = this;
    if (connection.live) return connection.live;
    return await new Promise((resolve, reject) => {
      const up = (model: ChannelModel) => {
        clearTimeout(timer);
        resolve(model);
      };
      const timer = setTimeout(() => {
        connection.off('up', up);
        const hosts = connection.settings.hosts
          .map(({ host, port }) => `${host}:${port}`)
          .join(', ');
        reject(
          new UnavailableError(
            'unreachable',
            `No RabbitMQ answered at ${hosts} for ${CHANNEL_WAIT_MS / 1000} s.`,
            'Nothing was sent. Try again when the server is back.',
          ),
        );
      }, CHANNEL_WAIT_MS);
      connection.once('up', up);
    });
  }

  private async open(): Promise<ConfirmChannel> {
    this.opening ??= this.openChannel().finally(() => (this.opening = undefined));
    return await this.opening;
  }

  private async openChannel(): Promise<ConfirmChannel> {
    const model = await this.model();
    const channel = await model.createConfirmChannel().catch((error: unknown) => {
      throw brokerCause(error, this.connection.settings);
    });
    let cause: Error | undefined;
    channel.on('error', (error: Error) => (cause = error));
    channel.on('close', () => {
      if (this.channel === channel) this.lose(cause ?? new Error('the channel was closed'));
    });
    channel.on('return', ({ fields, properties }) => {
      const pending = this.pending.get(String(properties.messageId));
      // The client's types leave out the reply of basic.return.
      const { replyText } = fields as { replyText?: string };
      if (pending) pending.returned = replyText ?? 'NO_ROUTE';
    });
    this.channel = channel;
    return channel;
  }

  private lose(cause: Error): void {
    this.channel = undefined;
    for (const [id, pending] of this.pending) {
      this.pending.delete(id);
      pending.reject(lost(pending.message, cause.message));
    }
  }

  private giveUpOverdue(): void {
    const limit = performance.now() - CONFIRM_WAIT_MS;
    for (const [id, pending] of this.pending) {
      if (pending.sentAt > limit) return;
      this.pending.delete(id);
      pending.reject(lost(pending.message, `no confirm for ${CONFIRM_WAIT_MS / 1000} s`));
    }
  }
}
