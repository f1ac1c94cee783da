/** Messages as the rooms see them; only `broker` knows the client library. */

export type Headers = Record<string, unknown>;

export interface MessageProperties {
  readonly messageId?: string | undefined;
  readonly type?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly priority?: number | undefined;
  /** Seconds since 1970. */
  readonly timestamp?: number | undefined;
  /** Time to live in ms, as text. */
  readonly expiration?: string | undefined;
  readonly userId?: string | undefined;
  readonly appId?: string | undefined;
}

/** One arrival of a message. The tag is good only on the channel of its epoch. */
export interface Delivery {
  readonly body: Buffer;
  readonly properties: MessageProperties;
  readonly headers: Headers;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  readonly tag: DeliveryTag;
}

export interface DeliveryTag {
  readonly epoch: number;
  readonly number: number;
}

/** A message to publish; always persistent, mandatory and confirmed. An empty exchange means straight to a queue. */
export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly messageId: string;
  readonly properties: Omit<MessageProperties, 'messageId'>;
  readonly headers: Headers;
}

/**
 * What of a delivery travels on with its copy or letter: the body byte for byte and the properties. Not the user (the publisher's
 * own is another), and not the time to live: what vanishes by itself is a lost task, so it becomes a deadline.
 */
export function bodyAndProperties({
  body,
  properties,
}: Delivery): Pick<Outgoing, 'body' | 'properties'> {
  const { messageId: _replaced, expiration: _deadline, userId: _theirs, ...kept } = properties;
  return { body, properties: kept };
}

/**
 * Publishes and confirms.
 *
 * @throws RefusedError `unroutable` (no queue took it), `nacked` (the broker refused it), `not_found` (no such exchange)
 * @throws UnavailableError `unconfirmed` (the connection was lost before the confirm: it may or may not be there)
 */
export interface Publisher {
  publish(message: Outgoing): Promise<void>;
  /** Fails with `not_found` when there is no such exchange. */
  checkExchange(name: string): Promise<void>;
}

/** Lets go of a delivery. Silently nothing when its channel is gone: the broker has given it to someone else by then. */
export type Ack = (tag: DeliveryTag) => void;
