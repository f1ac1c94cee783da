import * as fc from 'fast-check';

import { ladderPlan, ladderRoute, levelOf, returnBinding } from '../../../src/broker/ladder';
import type { Declaration } from '../../../src/broker/declaration';

/** What a topic exchange does with a pattern: `*` is one word, `#` any number. */
function matches(pattern: string, key: string): boolean {
  const source = pattern
    .replaceAll('.', '\\.')
    .replaceAll('*', '[^.]+')
    .replace('\\.#', '(\\..*)?');
  return new RegExp(`^${source}$`).test(key);
}

/** Walks a message down the declared ladder and adds up what it waits. */
function waited(plan: readonly Declaration[], exchange: string, routingKey: string): number {
  let at = exchange;
  let total = 0;
  while (at !== 'swarm.delivery') {
    const here = at;
    const queues = plan.flatMap((one) =>
      one.kind === 'binding' && one.exchange === here && matches(one.routingKey, routingKey)
        ? [one.queue]
        : [],
    );
    const passages = plan.flatMap((one) =>
      one.kind === 'passage' && one.from === here && matches(one.routingKey, routingKey)
        ? [one.to]
        : [],
    );
    expect(queues.length + passages.length).toBe(1);
    const [name] = queues;
    const queue = plan.find((one) => one.kind === 'queue' && one.name === name);
    if (queue?.kind === 'queue') {
      total += queue.arguments['x-message-ttl'] as number;
      at = queue.arguments['x-dead-letter-exchange'] as string;
    } else {
      at = passages[0] as string;
    }
  }
  return total;
}

test('every delay up to 9.7 days takes exactly one way down, and waits what was asked, to 50 ms', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 23 * 100 - 100 }), (delayMs) => {
      const { exchange, routingKey } = ladderRoute(delayMs);
      const total = waited(ladderPlan(levelOf(delayMs)), exchange, routingKey);
      expect(Math.abs(total - delayMs)).toBeLessThanOrEqual(50);
    }),
    { numRuns: 300 },
  );
});

test('a longer delay than the ladder holds waits for as long as it can', () => {
  expect(ladderRoute(1e12)).toEqual(ladderRoute((2 ** 23 - 1) * 100));
});

test('a delay that rounds to nothing goes straight to the last hop', () => {
  expect(ladderRoute(30).exchange).toBe('swarm.delivery');
  expect(levelOf(30)).toBe(-1);
});

test('steps are quorum queues that dead-letter at least once, with no limit that could refuse', () => {
  const steps = ladderPlan(5).filter((one) => one.kind === 'queue');
  expect(steps).toHaveLength(6);
  for (const step of steps) {
    expect(step.arguments).toMatchObject({
      'x-queue-type': 'quorum',
      'x-dead-letter-strategy': 'at-least-once',
    });
    expect(step.arguments).not.toHaveProperty('x-max-length');
  }
});

test('the last hop matches one queue exactly', () => {
  expect(returnBinding('eu.orders')).toMatchObject({
    queue: 'eu.orders',
    exchange: 'swarm.delivery',
    arguments: { 'x-match': 'all-with-x', 'x-swarm-queue': 'eu.orders' },
  });
});
