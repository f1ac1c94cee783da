import type { TopologySettings } from '../contract/settings';
import { deadQueueOf, laneOf, UNDELIVERABLE } from '../contract/wire';
import { QUORUM, type Declaration, type QueueDeclaration } from './declaration';
import { ladderPlan, returnBinding } from './ladder';

export function deadQueue(settings: TopologySettings): string {
  return settings.deadQueue || deadQueueOf(settings.queue);
}

/** Queues of lanes, numbered from 0: as the queue that they stand behind. */
export function lanePlan(settings: TopologySettings, lanes: number): Declaration[] {
  return Array.from({ length: lanes }, (_, lane) => work(laneOf(settings.queue, lane), settings));
}

/** A queue that holds tasks of `settings.queue`. */
function work(name: string, { queue, deadExchange }: TopologySettings): QueueDeclaration {
  return {
    kind: 'queue',
    name,
    arguments: {
      ...QUORUM,
      // For what the broker itself gives up on, such as an expired message of another producer.
      'x-dead-letter-exchange': deadExchange,
      'x-dead-letter-routing-key': queue,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  };
}

/**
 * Everything that a queue needs, in the order in which it is laid down.
 *
 * @param top highest step of the delay ladder
 */
export function plan(settings: TopologySettings, top: number): Declaration[] {
  const { queue, exchange, deadExchange, mode } = settings;
  const dead = deadQueue(settings);
  const laid: Declaration[] = [
    ...undeliverable(),
    {
      kind: 'exchange',
      name: deadExchange,
      type: 'direct',
      // Dead-lettering at least once keeps what it cannot route, 32 in hand: one missing queue would stop all others (measured).
      arguments: { 'alternate-exchange': UNDELIVERABLE },
    },
    { kind: 'queue', name: dead, arguments: QUORUM },
    bind(dead, deadExchange, queue),
    { ...work(queue, settings), asItIs: mode === 'adopt' },
    ...ladderPlan(top),
    returnBinding(queue),
  ];
  if (exchange) {
    laid.push({ kind: 'exchange', name: exchange.name, type: exchange.type, arguments: {} });
    for (const { routingKey, headers } of exchange.bindings) {
      laid.push(bind(queue, exchange.name, routingKey, headers));
    }
  }
  return laid;
}

/** What has to stand so that something published with a delay comes back to a queue, which is there already. */
export function delayPlan(queue: string, top: number): Declaration[] {
  return [
    { kind: 'queue', name: queue, arguments: {}, asItIs: true },
    ...undeliverable(),
    ...ladderPlan(top),
    returnBinding(queue),
  ];
}

function undeliverable(): Declaration[] {
  return [
    { kind: 'exchange', name: UNDELIVERABLE, type: 'fanout', arguments: {} },
    { kind: 'queue', name: UNDELIVERABLE, arguments: QUORUM },
    bind(UNDELIVERABLE, UNDELIVERABLE, ''),
  ];
}

function bind(
  queue: string,
  exchange: string,
  routingKey: string,
  args: Record<string, unknown> = {},
): Declaration {
  return { kind: 'binding', queue, exchange, routingKey, arguments: args };
}
