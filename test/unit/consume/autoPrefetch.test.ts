import fc from 'fast-check';

import { nextPrefetch, type Load } from '../../../src/consume/autoPrefetch';

const load = (more: Partial<Load>): Load => ({
  prefetch: 20,
  least: 1,
  most: 100,
  inHand: 20,
  calls: 20,
  waiting: 0,
  ...more,
});

test.each<[string, Partial<Load>, number]>([
  ['all places are taken and nobody waits', {}, 30],
  ['the most is reached', { most: 25 }, 25],
  ['places are free', { inHand: 19 }, 20],
  ['some wait', { waiting: 4 }, 20],
  ['many wait', { waiting: 20 }, 16],
  ['many wait for a batch', { waiting: 200, least: 18 }, 18],
  ['nothing happens', { inHand: 0, calls: 0 }, 20],
])('%s', (_when, more, next) => {
  expect(nextPrefetch(load(more))).toBe(next);
});

test('two consumers find what the budget bears, from wherever they begin', () => {
  const figures = fc.record({
    bears: fc.integer({ min: 2, max: 300 }),
    first: fc.integer({ min: 1, max: 500 }),
    second: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(figures, ({ bears, first, second }) => {
      let both = [first, second];
      for (let step = 0; step < 60; step += 1) {
        const inHand = both.reduce((sum, one) => sum + one, 0);
        const calls = Math.min(inHand, bears);
        both = both.map((prefetch) =>
          nextPrefetch({
            prefetch,
            least: 1,
            most: 500,
            inHand: prefetch,
            calls,
            waiting: inHand - calls,
          }),
        );
      }
      const total = both.reduce((sum, one) => sum + one, 0);
      // All that it bears is in hand, and at most as many again wait; two is the least of two consumers.
      expect(total).toBeGreaterThanOrEqual(Math.min(bears, 2));
      expect(total).toBeLessThanOrEqual(2 * bears);
      expect(total).toBeGreaterThanOrEqual(0.9 * bears);
    }),
  );
});
