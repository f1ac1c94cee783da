import { sha256 } from '../contract/identity';
import { bodyAndProperties, type Delivery, type Outgoing } from '../contract/message';
import type { Burial } from '../contract/verdicts';
import { HEADER, WIRE_VERSION } from '../contract/wire';
import { travellingHeaders, type Keep } from './envelope';

/** The envelope of a dead letter: the delivery with its context in headers. */
export function deadLetter(
  delivery: Delivery,
  burial: Burial,
  to: { readonly exchange: string; readonly queue: string },
  keep: Keep,
): Outgoing {
  return {
    ...bodyAndProperties(delivery),
    exchange: to.exchange,
    routingKey: to.queue,
    messageId: burial.deadId,
    headers: {
      ...travellingHeaders(delivery, keep),
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
