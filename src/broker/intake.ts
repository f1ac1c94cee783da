import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';

import type { Ack, Delivery } from '../contract/message';
import { goodbye } from '../contract/patience';
import { Acks } from './acks';

export interface IntakeOptions {
  readonly queue: string;
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

/** A consuming channel. Everything it delivered and that was not acked goes back to the queue when it closes. */
export class Intake {
  readonly epoch = ++epochs;
  private consumerTag: string | undefined;
  private open = true;
  private readonly acks = new Acks((tag, upTo) => this.sendAck(tag, upTo));

  private constructor(private readonly channel: Channel) {}

  /** Errors come as the client has them: `brokerCause` explains them. */
  static async start(model: ChannelModel, options: IntakeOptions): Promise<Intake> {
    const channel = await model.createChannel();
    const intake = new Intake(channel);
    let cause: Error | undefined;
    channel.on('error', (error: Error) => (cause = error));
    channel.on('close', () => {
      if (!intake.open) return;
      intake.open = false;
      options.onLost(cause);
    });
    await channel.prefetch(options.prefetch);
    const { consumerTag } = await channel.consume(
      options.queue,
      (message) => {
        if (message) options.onDelivery(intake.read(message));
        else options.onCanceled();
      },
      {
        noAck: false,
        ...(options.consumerTimeoutMs !== undefined && {
          arguments: { 'x-consumer-timeout': options.consumerTimeoutMs },
        }),
      },
    );
    intake.consumerTag = consumerTag;
    return intake;
  }

  readonly ack: Ack = (tag) => {
    if (this.open && tag.epoch === this.epoch) this.acks.ack(tag.number);
  };

  /** Takes no more; what is in hand stays in hand. */
  async cancel(): Promise<void> {
    if (!this.open || this.consumerTag === undefined) return;
    const tag = this.consumerTag;
    this.consumerTag = undefined;
    await goodbye(this.channel.cancel(tag));
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

  private read(message: ConsumeMessage): Delivery {
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
