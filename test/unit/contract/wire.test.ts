import { ladderPlan, ladderRoute } from '../../../src/broker/ladder';
import { isInternalQueue, isLadder } from '../../../src/contract/wire';

test('every exchange of the delay ladder is known as one, and each of its queues as internal', () => {
  const plan = ladderPlan(22);
  const exchanges = plan.flatMap((one) => (one.kind === 'exchange' ? [one.name] : []));
  const queues = plan.flatMap((one) => (one.kind === 'queue' ? [one.name] : []));
  expect([exchanges.length, queues.length]).toEqual([24, 23]);
  expect(exchanges.filter((name) => !isLadder(name))).toEqual([]);
  expect(queues.filter((name) => !isInternalQueue(name))).toEqual([]);
  expect([0, 60_000].map((ms) => isLadder(ladderRoute(ms).exchange))).toEqual([true, true]);
});

test.each(['', 'swarm.dead', 'swarm.delay.', 'my.swarm.delay.01', 'orders'])(
  'the exchange "%s" is no part of it',
  (name) => {
    expect(isLadder(name)).toBe(false);
  },
);
