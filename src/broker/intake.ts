import type { Channel, ChannelModel, ConsumeMessage, Message } from 'amqplib';

import type { Ack, Delivery } from '../contract/message';
import { goodbye } from '../contract/patience';
import { Acks } from './acks';

export interface IntakeOptions {
  readonly queue: string;
  /** 0: nothing comes by itself, and `pull` takes. */
  readonly prefetch: number;
  /** Sent as `x-consumer-timeout`, ms; undefined where the broker does not know it (before 3.12). */
  readonly consumerTimeoutMs: number | undefined;
  onDelivery(delivery: Delivery): void;
  /** The broker cancelled the consumer: the queue is gone or moved. The channel still lives. */
  onCanceled(): void;
  /** The channel ended without close() being asked for; undefined when its connection was lost. */
  onLost(error: Error | undefined): void;
}

/** Counts every intake of the process, so a tag of an older channel is never used on a newer one (that is a 406). */
let epochs = 0;

/** One registration at the broker. What was delivered to it stays with its channel when it is cancelled. */
interface Registration {
  readonly tag: string;
  readonly prefetch: number;
}

/** A consuming channel. Everything it delivered and that was not acked goes back to the queue when it closes. */
export class Intake {
  readonly epoch = ++epochs;
  private readonly registrations: Registration[] = [];
  private open = true;
  private readonly acks = new Acks((tag, upTo) => this.sendAck(tag, upTo));

  private constructor(
    private readonly channel: Channel,
    private readonly options: IntakeOptions,
  ) {}

  /** Errors come as the client has them: `brokerCause` explains them. */
  static async start(model: ChannelModel, options: IntakeOptions): Promise<Intake> {
    const channel = await model.createChannel();
    const intake = new Intake(channel, options);
    let cause: Error | undefined;
    channel.on('error', (error: Error) => (cause = error));
    channel.on('close', () => {
      if (!intake.open) return;
      intake.open = false;
      options.onLost(cause);
    });
    if (options.prefetch > 0) await intake.register(options.prefetch);
    return intake;
  }

  /**
   * Takes so many at once from now on. A quorum queue knows the prefetch of a consumer from its registration alone, so one more is
   * registered for what is added, and the latest are cancelled for what is taken away: what they have in hand is finished, and
   * meanwhile there may be more in hand than asked for, by less than one registration.
   *
   * @param prefetch 1 or more. Not to be called again before it has answered
   */
  async resize(prefetch: number): Promise<void> {
    let now = this.registrations.reduce((sum, one) => sum + one.prefetch, 0);
    while (now > prefetch) {
      const last = this.registrations.pop();
      if (!last) break;
      now -= last.prefetch;
      await this.channel.cancel(last.tag);
    }
    if (now < prefetch && this.open) await this.register(prefetch - now);
  }

  private async register(prefetch: number): Promise<void> {
    const { queue, consumerTimeoutMs, onDelivery, onCanceled } = this.options;
    await this.channel.prefetch(prefetch);
    const { consumerTag } = await this.channel.consume(
      queue,
      (message) => {
        if (message) onDelivery(this.read(message));
        else onCanceled();
      },
      {
        noAck: false,
        ...(consumerTimeoutMs !== undefined && {
          arguments: { 'x-consumer-timeout': consumerTimeoutMs },
        }),
      },
    );
    this.registrations.push({ tag: consumerTag, prefetch });
  }

  /** The next message of a queue, which need not be the one that is consumed; undefined when it has none. */
  async pull(queue: string): Promise<Delivery | undefined> {
    const message = await this.channel.get(queue, { noAck: false });
    return message ? this.read(message) : undefined;
  }

  /** Messages that wait in the queue; what is in somebody's hands does not count. A queue that is not there ends the channel. */
  async depth(): Promise<number> {
    return (await this.channel.checkQueue(this.options.queue)).messageCount;
  }

  readonly ack: Ack = (tag) => {
    if (this.open && tag.epoch === this.epoch) this.acks.ack(tag.number);
  };

  /** Takes no more; what is in hand stays in hand. */
  async cancel(): Promise<void> {
    if (!this.open) return;
    const all = this.registrations.splice(0);
    await goodbye(Promise.all(all.map(({ tag }) => this.channel.cancel(tag))));
  }

  /**
   * Puts back what is in hand, so that it is taken again in the order in which it came. For messages that were taken by `pull` and that
   * nobody consumes: a channel that closes returns those in the order of their tags as texts, 1, 10, 11, 2 (seen on 3.10).
   */
  putBack(): void {
    if (!this.open) return;
    this.acks.flush();
    for (const deliveryTag of this.acks.drop()) {
      this.channel.nack({ fields: { deliveryTag } } as ConsumeMessage, false, true);
    }
  }

  /** Hands back what is in hand, without nack: the broker requeues it when the channel ends. */
  async close(): Promise<void> {
    if (!this.open) return;
    this.acks.flush();
    this.open = false;
    await goodbye(this.channel.close());
  }

  private sendAck(tag: number, upTo: boolean): void {
    if (!this.open) return;
    try {
      this.channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, upTo);
    } catch {
      // The channel or its connection is ending and has not told us yet: the broker gives the delivery to someone else.
    }
  }

  private read(message: Message): Delivery {
    const { content, fields, properties } = message;
    this.acks.came(fields.deliveryTag);
    return {
      body: content,
      headers: properties.headers ?? {},
      properties: {
        messageId: text(properties.messageId),
        type: text(properties.type),
        correlationId: text(properties.correlationId),
        replyTo: text(properties.replyTo),
        contentType: text(properties.contentType),
        contentEncoding: text(properties.contentEncoding),
        priority: number(properties.priority),
        timestamp: number(properties.timestamp),
        expiration: text(properties.expiration),
        userId: text(properties.userId),
        appId: text(properties.appId),
      },
      exchange: fields.exchange,
      routingKey: fields.routingKey,
      redelivered: fields.redelivered,
      tag: { epoch: this.epoch, number: fields.deliveryTag },
    };
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
