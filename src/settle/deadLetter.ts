import { sha256 } from '../contract/identity';
import type { Delivery, Outgoing } from '../contract/message';
import type { Burial } from '../contract/verdicts';
import { HEADER, WIRE_VERSION } from '../contract/wire';

/** Headers of an earlier stay in a queue, and those by which the sender asked for more copies: they must not travel on. */
const DROPPED = new Set([
  'CC',
  'BCC',
  'x-death',
  'x-first-death-exchange',
  'x-first-death-queue',
  'x-first-death-reason',
]);

/**
 * The envelope of a dead letter: the body byte for byte, the properties kept, the context in headers. `expiration` is not kept:
 * a dead letter that vanishes by itself is a lost task. Headers near the limit of a frame leave no room for the context: `own
 * headers` leaves them behind.
 */
export function deadLetter(
  delivery: Delivery,
  burial: Burial,
  to: { readonly exchange: string; readonly queue: string },
  keep: 'all headers' | 'own headers' = 'all headers',
): Outgoing {
  const {
    messageId: _replaced,
    expiration: _dropped,
    userId: _theirs,
    ...properties
  } = delivery.properties;
  const headers = Object.fromEntries(
    Object.entries(delivery.headers).filter(
      ([name]) => keep === 'all headers' && !DROPPED.has(name),
    ),
  );
  return {
    exchange: to.exchange,
    routingKey: to.queue,
    body: delivery.body,
    messageId: burial.deadId,
    properties,
    headers: {
      [HEADER.originExchange]: delivery.exchange,
      [HEADER.originKey]: delivery.routingKey,
      ...headers,
      [HEADER.version]: WIRE_VERSION,
      [HEADER.queue]: to.queue,
      [HEADER.reason]: burial.reason,
      [HEADER.failure]: burial.failure,
    },
  };
}

/** The same for every repeat, so that two letters about one delivery are known as one. For what has no task to keep an id. */
export function deadIdOf(delivery: Delivery, queue: string): string {
  const { messageId = '' } = delivery.properties;
  return `dead-${sha256(`${queue}\n${messageId}\n${sha256(delivery.body)}`).slice(0, 32)}`;
}
