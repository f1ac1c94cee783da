import type { BudgetOptions, RESERVE_OUTPUT } from '../../../src/contract/budget';
import { SimulatedTime } from './simulated';
import { mostInAMinute } from '../../support/llmCalls';
import { runTraffic, SlidingProvider, type ProviderLimits } from './traffic';

/** What budgets bring against a provider with an exact sliding minute; minutes of simulated time, the same each time. */

jest.setTimeout(120_000);

const MINUTE_MS = 60_000;
const TOKENS = 90_000;

let time: SimulatedTime;
beforeEach(async () => {
  time = await SimulatedTime.open();
});
afterEach(async () => {
  await time.close();
});

async function fiveProcesses(limits: BudgetOptions) {
  const processes = Array.from({ length: 5 }, () => time.budgets());
  await processes[0]?.create('b', limits, { ifThere: 'keep', isNew: true });
  return processes;
}

async function tokens(reserve: (typeof RESERVE_OUTPUT)[number]) {
  const provider = new SlidingProvider({ tokens: TOKENS });
  const processes = await fiveProcesses({ minute: { total: TOKENS } });
  const ask = (id: string, { input }: { input: number }) => ({
    id,
    input,
    output: 4096,
    reserve,
    learn: 'answers',
  });
  await runTraffic(time, provider, processes, 'b', { callers: 100, forMs: 6 * MINUTE_MS, ask });
  const good = provider.seen.filter(({ rejected }) => !rejected);
  // Without the minute in which it learns; what ends after the last is not counted.
  const counted = good.filter(
    ({ ended }) => ended > time.start + MINUTE_MS && ended <= time.start + 6 * MINUTE_MS,
  );
  return {
    used: counted.reduce((sum, call) => sum + call.tokens, 0) / TOKENS / 5,
    most: mostInAMinute(good) / TOKENS,
    rejected: (provider.seen.length - good.length) / provider.seen.length,
  };
}

test('strict: what is used never exceeds the limit, whatever calls answer', async () => {
  const { most, rejected, used } = await tokens('strict');
  expect(most).toBeLessThanOrEqual(1);
  expect(rejected).toBe(0);
  expect(used).toBeGreaterThan(0.4);
});

test('learned: four fifths of the limit are used, and next to nothing is rejected', async () => {
  const { rejected, used } = await tokens('learned');
  expect(used).toBeGreaterThanOrEqual(0.8);
  expect(rejected).toBeLessThanOrEqual(0.01);
});

async function requests(
  limits: BudgetOptions,
  before: ProviderLimits,
  options: { then?: ProviderLimits; retryAfter?: boolean; takesMs: number; callers?: number },
) {
  const { then, retryAfter = true, takesMs, callers = 60 } = options;
  const provider = new SlidingProvider(before);
  const changes = 2 * MINUTE_MS;
  await runTraffic(time, provider, await fiveProcesses(limits), 'b', {
    callers,
    forMs: 7 * MINUTE_MS,
    retryAfter,
    length: (chance) => ({ input: 10, output: 10, takesMs: takesMs * (0.5 + chance()) }),
    ask: (id) => ({ id }),
    events: then ? [[changes, () => (provider.limits = then)]] : [],
  });
  const after = provider.seen.filter(({ arrived }) => arrived > time.start + changes);
  const good = after.filter(({ rejected }) => !rejected);
  const late = good.filter(({ arrived }) => arrived > time.start + changes + MINUTE_MS);
  return { rejected: (after.length - good.length) / after.length, aMinute: late.length / 4 };
}

test.each([1, 0.1])(
  'requests: none is rejected at 0.95 of the limit and more (burst %d)',
  async (burst) => {
    const limits = { minute: { requests: 600 }, burst };
    const { rejected, aMinute } = await requests(limits, { requests: 600 }, { takesMs: 2000 });
    expect(rejected).toBe(0);
    expect(aMinute).toBeGreaterThanOrEqual(0.95 * 600);
  },
);

test.each([
  ['a time to come back', 1, true, 0.02],
  ['no time, paced', 0.1, false, 0.05],
])(
  'a provider that halves its limit, and tells %s, is followed',
  async (_told, burst, retryAfter, mostRejected) => {
    const { rejected, aMinute } = await requests(
      { minute: { requests: 600 }, burst },
      { requests: 600 },
      { then: { requests: 300 }, retryAfter, takesMs: 2000 },
    );
    expect(rejected).toBeLessThanOrEqual(mostRejected);
    expect(aMinute).toBeGreaterThanOrEqual(0.85 * 300);
  },
);

test('calls at once: what the provider bears is found without any limit configured', async () => {
  const options = { retryAfter: false, takesMs: 2000, callers: 100 };
  const { rejected, aMinute } = await requests({}, { calls: 20 }, options);
  expect(rejected).toBeLessThanOrEqual(0.02);
  // 20 calls at once of 2 s each are 600 a minute.
  expect(aMinute).toBeGreaterThanOrEqual(0.7 * 600);
});
