import { DELIVERY_EXCHANGE, stepName, UNDELIVERABLE } from '../contract/wire';
import { QUORUM, type Declaration } from './declaration';

/**
 * Any delay without a plugin: one queue a binary digit of the delay, each holding what comes for its one time to live, so nothing
 * waits behind something that is due later. A message enters at the highest digit of its delay and steps down: through the queue
 * where its digit is 1, past it where it is 0. After the last step `swarm.delivery` brings it back to the queue that its header
 * `x-swarm-queue` names.
 *
 * After the delay infrastructure of NServiceBus (https://docs.particular.net/transports/rabbitmq/delayed-delivery), with
 * milliseconds and a headers exchange: a topic `#.<queue>` would give a retry of `eu.orders` to `orders`, too.
 */

/** What the lowest step holds, ms. */
const UNIT_MS = 100;
/** Steps that delays are written with, so that keys do not depend on which steps stand: 2^23 x 100 ms are 9.7 days. */
const LEVELS = 23;

/** The step at which a delay enters; -1 for a delay that rounds to nothing. */
export function levelOf(delayMs: number): number {
  const units = unitsOf(delayMs);
  return units === 0 ? -1 : Math.floor(Math.log2(units));
}

/** Where to publish what shall come back after `delayMs`, up to 9.7 days; rounded to 100 ms. */
export function ladderRoute(delayMs: number): { exchange: string; routingKey: string } {
  const units = unitsOf(delayMs);
  return {
    exchange: units === 0 ? DELIVERY_EXCHANGE : stepName(levelOf(delayMs)),
    routingKey: Array.from(units.toString(2).padStart(LEVELS, '0')).join('.'),
  };
}

/** The steps from the lowest to `top`, and the exchange below them. */
export function ladderPlan(top: number): Declaration[] {
  const plan: Declaration[] = [
    {
      kind: 'exchange',
      name: DELIVERY_EXCHANGE,
      type: 'headers',
      // Dead-lettering at least once keeps what it cannot route, 32 in hand: one deleted queue would stop all retries (measured).
      arguments: { 'alternate-exchange': UNDELIVERABLE },
    },
  ];
  for (let level = 0; level <= top; level += 1) plan.push(...step(level));
  return plan;
}

/** Brings what leaves the ladder for `queue` back to it; `all-with-x`, because `all` ignores names that begin with `x-`. */
export function returnBinding(queue: string): Declaration {
  return {
    kind: 'binding',
    queue,
    exchange: DELIVERY_EXCHANGE,
    routingKey: '',
    arguments: { 'x-match': 'all-with-x', 'x-swarm-queue': queue },
  };
}

function step(level: number): Declaration[] {
  const name = stepName(level);
  const below = level === 0 ? DELIVERY_EXCHANGE : stepName(level - 1);
  const digits = '*.'.repeat(LEVELS - 1 - level);
  return [
    { kind: 'exchange', name, type: 'topic', arguments: {} },
    {
      kind: 'queue',
      name,
      arguments: {
        ...QUORUM,
        'x-message-ttl': UNIT_MS * 2 ** level,
        'x-dead-letter-exchange': below,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    },
    { kind: 'binding', queue: name, exchange: name, routingKey: `${digits}1.#`, arguments: {} },
    { kind: 'passage', from: name, to: below, routingKey: `${digits}0.#` },
  ];
}

function unitsOf(delayMs: number): number {
  return Math.min(Math.max(0, Math.round(delayMs / UNIT_MS)), 2 ** LEVELS - 1);
}
