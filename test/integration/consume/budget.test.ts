import { Budgets } from '../../../src/budget/budgets';
import { shareOf } from '../../../src/budget/share';
import type { BudgetOptions } from '../../../src/contract/budget';
import type { ConsumerOptions } from '../../../src/contract/settings';
import type { RunEnd } from '../../../src/contract/verdicts';
import { Store } from '../../../src/store/store';
import { readToken } from '../../../src/word/token';
import { TestHost, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

let store: Store;
let budgets: Budgets;
beforeEach(async () => {
  store = await Store.open(world.store, 'once');
  budgets = new Budgets(store);
});
afterEach(() => store.close());

const NAME = 'openai';
const create = (limits: BudgetOptions) =>
  budgets.create(NAME, { adaptive: null, ...limits }, { ifThere: 'update', isNew: true });
const reserving = (more: Partial<ConsumerOptions['budget']> = {}): Partial<ConsumerOptions> => ({
  budget: { name: NAME, use: 'reserve', ...more },
});
const send = (id: string, more: object = {}) =>
  world.plain.publish('work', { task_id: id, intent: 'extract', ...more }, { messageId: id });
const succeed = () => new TestHost();
const failing = (error: object): RunEnd => ({
  kind: 'failed',
  error: { name: 'Error', message: 'no', ...error },
});

/** Looks until it is so. */
async function state(fits: (now: Awaited<ReturnType<typeof look>>) => boolean) {
  for (;;) {
    const now = await look();
    if (fits(now)) return now;
  }
}
async function look() {
  const now = await budgets.state(NAME);
  if (!now) throw new Error('no budget');
  return now;
}

describe('a consumer that reserves for each task', () => {
  test('charges what the message estimates, and else what the trigger says', async () => {
    await create({ minute: { requests: 100, input: 10_000, output: 10_000 } });
    const estimate = { requests: 2, input: 300, output: 40 };
    const { settled, host } = await world.consume(
      reserving({ estimate }),
      new TestHost(() => undefined),
    );
    await send('said', { estimate: { requests: 5, output_tokens: 7 } });
    await send('unsaid');
    await host.started(2);
    // Tokens of runs under way are held, apart from the window.
    expect(await look()).toMatchObject({
      minute: { requests: 7, input: 0, output: 0 },
      reserved: { input: 600, output: 47 },
      calls: 2,
    });
    for (const run of host.runs) run.end({ kind: 'succeeded' });
    await settled(2);
    expect(await state(({ calls }) => calls === 0)).toMatchObject({
      minute: { requests: 7, input: 600, output: 47 },
    });
  });

  test('holds what has no room yet, and counts no attempt', async () => {
    await create({ calls: 1 });
    const { host, settled, event } = await world.consume(
      reserving(),
      new TestHost(() => undefined),
    );
    await send('a');
    await host.started(1);
    await send('b');
    expect(await event('throttled')).toEqual({ key: 'b', budget: NAME, why: 'calls' });
    expect(host.runs).toHaveLength(1);
    host.runs[0]?.end({ kind: 'succeeded' });
    await host.started(2);
    expect(host.runs[1]?.items[0]?.swarm.attempt).toBe(1);
    host.runs[1]?.end({ kind: 'succeeded' });
    expect((await settled(2)).map(({ verdict }) => verdict.kind)).toEqual(['done', 'done']);
  });

  test('sends round what would be held for too long, without an attempt, and nothing is held for it', async () => {
    await create({ minute: { requests: 1 } });
    const { host, settled } = await world.consume({ ...reserving(), holdMs: 300 }, succeed());
    await send('a');
    await settled(1);
    await send('b');
    const [, sent] = await settled(2);
    expect(sent).toMatchObject({ messageId: 'b', verdict: { kind: 'sent_round' } });
    expect((sent?.verdict as { delayMs: number }).delayMs).toBeGreaterThan(55_000);
    expect(host.runs).toHaveLength(1);
    expect(await look()).toMatchObject({ minute: { requests: 1 }, calls: 0 });
    const [key] = (await world.keys.tasks()).filter((name) => name.endsWith(':b'));
    const hash = await world.keys.hash(key as string);
    // Free for its copy, with no crash to be counted.
    expect(hash).toMatchObject({ state: 'live', released: '1', attempts: '0', crashes: '0' });
    await world.plain.waitForUnacked('work', 0);
  });

  test('dead-letters what its budget can never grant', async () => {
    await create({ minute: { input: 100 } });
    const { settled, host } = await world.consume(reserving(), succeed());
    await send('huge', { estimate: { input_tokens: 101 } });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'over_budget' });
    const [letter] = await world.plain.take('work.dead', 1);
    expect(JSON.parse(String(letter?.headers['x-swarm-failure']))).toMatchObject({
      message: 'needs 101 of input_minute of budget "openai", which never grants more than 100',
    });
    expect(host.runs).toHaveLength(0);
  });

  test('charges what the run reported instead of what was reserved', async () => {
    await create({ minute: { requests: 100, input: 10_000, output: 10_000 } });
    const { settled, host } = await world.consume(
      reserving({ estimate: { requests: 9, input: 900, output: 900 } }),
      new TestHost(() => undefined),
    );
    await send('a');
    await host.started(1);
    const token = readToken(host.runs[0]?.items[0]?.swarm.delivery);
    if (token.test) throw new Error('the token of a test');
    const id = shareOf(token.scope, token);
    expect(await budgets.report(NAME, id, { requests: 1, input: 10, output: 4 })).toBe('noted');
    expect(await budgets.report(NAME, id, { requests: 1, input: 20, output: 5 })).toBe('noted');
    host.runs[0]?.end({ kind: 'succeeded' });
    await settled(1);
    expect(await state(({ calls }) => calls === 0)).toMatchObject({
      minute: { requests: 2, input: 30, output: 9 },
      reserved: { input: 0, output: 0 },
    });
    expect(await budgets.report(NAME, id, { requests: 1 })).toBe('ended');
    expect(await budgets.report(NAME, 'other', { requests: 1 })).toBe('unknown');
  });

  test('a run that was pushed back blocks the budget for all until Retry-After', async () => {
    await create({ minute: { requests: 100 } });
    const { settled } = await world.consume(
      reserving(),
      new TestHost(() => failing({ httpStatus: 429, retryAfterMs: 20_000 })),
    );
    await send('a');
    expect((await settled(1))[0]?.verdict).toMatchObject({ kind: 'retried', counts: false });
    const { blockedMs } = await state((now) => now.blockedMs > 0);
    expect(blockedMs).toBeGreaterThan(15_000);
    expect(blockedMs).toBeLessThanOrEqual(20_000);
  });

  test('another failure blocks nobody', async () => {
    await create({ minute: { requests: 100 } });
    const { settled } = await world.consume(
      reserving(),
      new TestHost(() => failing({ httpStatus: 500, retryAfterMs: 20_000 })),
    );
    await send('a');
    await settled(1);
    expect(await state(({ calls }) => calls === 0)).toMatchObject({ blockedMs: 0 });
  });

  test('gives back what was reserved for a task that did not run', async () => {
    await create({ minute: { requests: 10, input: 100 } });
    const { event, settled } = await world.consume(
      reserving({ estimate: { requests: 3, input: 30 } }),
      succeed(),
    );
    await budgets.switch(NAME, 'pause');
    await send('late', {
      deadline: new Date(Date.now() + 1500).toISOString(),
    });
    await event('throttled', ({ why }) => why === 'paused');
    await budgets.switch(NAME, 'resume');
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'deadline_passed' });
    expect(await state(({ calls }) => calls === 0)).toMatchObject({
      minute: { requests: 0, input: 0 },
    });
  });

  test('creates the budget by Limits if New, and waits for one that nobody created', async () => {
    const limitsIfNew: BudgetOptions = { minute: { requests: 7 } };
    const made = await world.consume(reserving({ limitsIfNew }), succeed());
    await send('a');
    // It may be a lost one: on a server that started a moment ago it is closed for as long as a provider remembers.
    await Promise.race([made.settled(1), made.event('throttled', ({ why }) => why === 'closed')]);
    expect((await look()).limits.minute).toEqual({ requests: 7 });
    const other = await world.consume(
      { queue: 'other', budget: { name: 'nobody made it', use: 'reserve' } },
      succeed(),
    );
    await world.plain.publish('other', { task_id: 'b', intent: 'x' }, { messageId: 'b' });
    expect((await other.settled(1))[0]?.verdict).toEqual({ kind: 'sent_round', delayMs: 30_000 });
    expect(await other.event('throttled')).toMatchObject({ why: 'unknown' });
  });
});

describe('a consumer that waits while its budget is blocked', () => {
  const waiting: Partial<ConsumerOptions> = {
    budget: { name: NAME, use: 'wait_while_blocked' },
  };

  test('runs what comes, charges nothing, and waits for the end of a block', async () => {
    await create({ minute: { requests: 1 } });
    await budgets.block(NAME, 1500);
    const blocked = performance.now();
    const { host, settled, event } = await world.consume(waiting, succeed());
    await send('a');
    await send('b');
    expect(await event('throttled')).toMatchObject({ budget: NAME, why: 'blocked' });
    await settled(2);
    expect(performance.now() - blocked).toBeGreaterThan(1400);
    expect(host.runs).toHaveLength(2);
    expect((await look()).minute.requests).toBe(0);
  });

  test('sends round what a long block keeps', async () => {
    await create({ minute: { requests: 1 } });
    await budgets.block(NAME, 100_000);
    const { settled, host } = await world.consume(waiting, succeed());
    await send('a');
    const [first] = await settled(1);
    expect(first?.verdict).toMatchObject({ kind: 'sent_round' });
    expect((first?.verdict as { delayMs: number }).delayMs).toBeGreaterThan(95_000);
    expect(host.runs).toHaveLength(0);
  });
});

test('many deliveries that wait for one budget listen without a warning', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  await create({ calls: 1 });
  const { event } = await world.consume(
    { ...reserving(), prefetch: 50 },
    new TestHost(() => undefined),
  );
  await Promise.all(Array.from({ length: 40 }, (_, index) => send(String(index))));
  const keys = new Set<string>();
  await event('throttled', ({ key }) => keys.add(key).size === 39);
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});

test('a prefetch that follows the budget takes as many tasks as have calls to make', async () => {
  await create({ calls: 15 });
  const { host, event, happened } = await world.consume(
    { ...reserving(), prefetch: 200, autoPrefetch: true },
    new TestHost(() => undefined),
  );
  for (let index = 0; index < 60; index += 1) await send(String(index));
  await host.started(10);
  // All places were taken and nobody waited; then nine of the 23 did.
  await event('prefetch', ({ prefetch }) => prefetch === 18);
  expect(happened.flatMap(({ name, event: told }) => (name === 'prefetch' ? [told] : []))).toEqual([
    { prefetch: 15 },
    { prefetch: 23 },
    { prefetch: 18 },
  ]);
  expect(host.runs).toHaveLength(15);
});
