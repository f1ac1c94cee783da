import { consumerTerms } from '../../../src/consume/consumerTerms';
import { consumerSchema } from '../../../src/contract/settings';

const MINUTE = 60_000;
const longestLife = (retry: object, runLimitMs = 25 * MINUTE) =>
  consumerTerms(consumerSchema.parse({ topology: { queue: 'q' }, retry, runLimitMs }), new Date(0))
    .longestLifeMs;

test.each([
  // Five runs, 1, 4, 16 and 64 s between them, and a day of throttling.
  [{}, 5 * 25 * MINUTE + 85_000 + 24 * 60 * MINUTE],
  [{ ifRunFails: 'dead_letter', throttledMs: 1000 }, 25 * MINUTE + 1000],
  [
    { attempts: 4, baseMs: 1000, factor: 10, capMs: 5000, throttledMs: 1000 },
    100 * MINUTE + 11_000 + 1000,
  ],
  [
    { attempts: 3, baseMs: 9000, factor: 2, capMs: 5000, throttledMs: 1000 },
    75 * MINUTE + 10_000 + 1000,
  ],
])('the longest life with %j is %d ms', (retry, ms) => {
  expect(longestLife(retry)).toBe(ms);
});

test('names the queue of dead letters as the broker has it', () => {
  const settings = (topology: object) => consumerSchema.parse({ topology });
  const named = (topology: object) =>
    consumerTerms(settings({ queue: 'q', ...topology }), new Date()).deadQueue;
  expect(named({})).toBe('q.dead');
  expect(named({ deadQueue: 'elsewhere' })).toBe('elsewhere');
});
