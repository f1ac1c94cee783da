import { messageOf, RefusedError, UnavailableError } from '../contract/errors';
import type { Outgoing } from '../contract/message';

/** No queue took the message. */
export function unroutable(message: Outgoing, reply: string): RefusedError {
  return new RefusedError(
    'unroutable',
    `No queue took the message sent to ${target(message)} (${reply}).`,
    message.exchange === ''
      ? 'Create the queue (publishing the workflow that consumes it does), or correct its name.'
      : 'Bind a queue to the exchange with a matching key, or correct the routing key.',
  );
}

/** The broker ended the channel over the exchange; the message is nowhere. */
export function notTaken(message: Outgoing, { code, message: why, remedy, cause }: RefusedError) {
  return new RefusedError(
    code,
    `RabbitMQ did not take the message sent to ${target(message)}: ${why}`,
    code === 'conflict' ? 'Change the message: the server takes none like it.' : remedy,
    { cause },
  );
}

/** It could not even be written down as AMQP. */
export function tooLarge(error: unknown): RefusedError {
  return new RefusedError(
    'too_large',
    `The message cannot be encoded: ${messageOf(error)}`,
    'Use fewer or shorter headers and properties.',
    { cause: error },
  );
}

/** The broker said no. */
export function nacked({ exchange, routingKey }: Outgoing): RefusedError {
  return new RefusedError(
    'nacked',
    `RabbitMQ refused the message for "${routingKey || exchange}".`,
    'The queue is full or unavailable: see its length limit, policies and the state of its node.',
  );
}

const LOOK = 'rabbitmq-diagnostics alarms';

/** A memory or disk alarm: `connection.blocked`. Nothing was sent. */
export function blocked(reason: string): UnavailableError {
  return new UnavailableError(
    'blocked',
    `RabbitMQ takes no messages for now: ${reason}.`,
    `Free what is short on the server, or raise its limit (see ${LOOK}). This message was not sent.`,
  );
}

/**
 * The broker takes no more bytes. Nothing was sent.
 *
 * @param reason why it blocks what publishes, if it said so
 */
export function stuck(reason: string | undefined, waitMs: number): UnavailableError {
  if (reason !== undefined) return blocked(reason);
  return new UnavailableError(
    'timeout',
    `RabbitMQ has taken no more messages for ${waitMs / 1000} s.`,
    `Look for a memory or disk alarm on the server (${LOOK}). This message was not sent.`,
  );
}

/** Sent, and nobody knows whether it arrived. */
export function lost(message: Outgoing, why: string): UnavailableError {
  return new UnavailableError(
    'unconfirmed',
    `RabbitMQ did not confirm message ${message.messageId}: ${why}. It may or may not be in the queue.`,
    `Send it again under the same key: a second copy is dropped as a duplicate. Look for a memory or disk alarm on the server (${LOOK}).`,
  );
}

function target({ exchange, routingKey }: Outgoing): string {
  return exchange === ''
    ? `queue "${routingKey}"`
    : `exchange "${exchange}" with key "${routingKey}"`;
}
