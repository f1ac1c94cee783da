import { RefusedError, UnavailableError } from '../contract/errors';
import type { Outgoing } from '../contract/message';

/** Longest wait for a confirm, ms. A broker under a memory or disk alarm confirms nothing. */
export const CONFIRM_WAIT_MS = 30_000;

/** No queue took the message. */
export function unroutable({ exchange, routingKey }: Outgoing, reply: string): RefusedError {
  const to =
    exchange === '' ? `queue "${routingKey}"` : `exchange "${exchange}" with key "${routingKey}"`;
  return new RefusedError(
    'unroutable',
    `No queue took the message sent to ${to} (${reply}).`,
    exchange === ''
      ? 'Create the queue (publishing the workflow that consumes it does), or correct its name.'
      : 'Bind a queue to the exchange with a matching key, or correct the routing key.',
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

/** The broker takes no more bytes. */
export function full(): UnavailableError {
  return new UnavailableError(
    'timeout',
    `RabbitMQ has taken no more messages for ${CONFIRM_WAIT_MS / 1000} s.`,
    'Look for a memory or disk alarm on the server. This message was not sent.',
  );
}

/** Sent, and nobody knows whether it arrived. */
export function lost(message: Outgoing, why: string): UnavailableError {
  return new UnavailableError(
    'unconfirmed',
    `RabbitMQ did not confirm message ${message.messageId}: ${why}. It may or may not be in the queue.`,
    'Send it again under the same key: a second copy is dropped as a duplicate. Look for a memory or disk alarm on the server.',
  );
}
