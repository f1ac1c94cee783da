import { type TopologySettings } from '../contract/settings';
import { deadQueueOf, UNDELIVERABLE } from '../contract/wire';

/** What must stand on the broker, as data, in the order in which it is laid down. */
export type Declaration =
  | {
      readonly kind: 'exchange';
      readonly name: string;
      readonly type: string;
      readonly arguments: Record<string, unknown>;
    }
  | { readonly kind: 'queue'; readonly name: string; readonly arguments: Record<string, unknown> }
  | {
      readonly kind: 'binding';
      readonly queue: string;
      readonly exchange: string;
      readonly routingKey: string;
      readonly arguments: Record<string, unknown>;
    };

/**
 * Returns of a message that no process lives to see. Closing a consumer with 100 in hand counts as one return for each of them,
 * and RabbitMQ 4 drops a message after 20 by default (measured: 21 clean closes lost all 100); crashes are counted in Redis instead.
 * Not -1: 4.0 reads it as no limit, but 3.10 as a limit that the first return exceeds (measured: it dropped the message).
 */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** Arguments cannot change once a queue exists, so they hold only what must never change. */
const QUORUM = { 'x-queue-type': 'quorum', 'x-delivery-limit': NO_DELIVERY_LIMIT } as const;

export function deadQueue(settings: TopologySettings): string {
  return settings.deadQueue || deadQueueOf(settings.queue);
}

export function plan(settings: TopologySettings): Declaration[] {
  const { queue, exchange, deadExchange } = settings;
  const dead = deadQueue(settings);
  const laid: Declaration[] = [
    { kind: 'exchange', name: UNDELIVERABLE, type: 'fanout', arguments: {} },
    { kind: 'queue', name: UNDELIVERABLE, arguments: QUORUM },
    bind(UNDELIVERABLE, UNDELIVERABLE, ''),
    {
      kind: 'exchange',
      name: deadExchange,
      type: 'direct',
      // Dead-lettering at least once keeps what it cannot route, 32 in hand: one missing queue would stop all others (measured).
      arguments: { 'alternate-exchange': UNDELIVERABLE },
    },
    { kind: 'queue', name: dead, arguments: QUORUM },
    bind(dead, deadExchange, queue),
    {
      kind: 'queue',
      name: queue,
      arguments: {
        ...QUORUM,
        // For what the broker itself gives up on, such as an expired message of another producer.
        'x-dead-letter-exchange': deadExchange,
        'x-dead-letter-routing-key': queue,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    },
  ];
  if (exchange) {
    laid.push({ kind: 'exchange', name: exchange.name, type: exchange.type, arguments: {} });
    for (const { routingKey, headers } of exchange.bindings) {
      laid.push(bind(queue, exchange.name, routingKey, headers));
    }
  }
  return laid;
}

function bind(
  queue: string,
  exchange: string,
  routingKey: string,
  args: Record<string, unknown> = {},
): Declaration {
  return { kind: 'binding', queue, exchange, routingKey, arguments: args };
}
