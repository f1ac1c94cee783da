import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { Budgets } from '../../../src/budget/budgets';
import { Store } from '../../../src/store/store';
import { startWordWorld, type WordWorld } from './wordWorld';

jest.setTimeout(120_000);

const NAME = 'openai {main}';
const CHOSEN = { __rl: true, mode: 'name', value: NAME };

describe('Agent Swarm, Budget, in n8n', () => {
  let world: WordWorld;
  let store: Store;
  let budgets: Budgets;

  beforeAll(async () => {
    world = await startWordWorld();
    store = await Store.open(world.store, 'once');
    budgets = new Budgets(store);
  });
  afterAll(async () => {
    store.close();
    await world.end();
  });
  beforeEach(() => world.keys.clear());

  const budget = (
    operation: string,
    parameters: IDataObject = {},
    items: INodeExecutionData[] = [{ json: {} }],
  ) => world.say(operation, items, { resource: 'budget', budget: CHOSEN, ...parameters });
  const create = (limits: IDataObject) =>
    budget('createOrUpdate', { limits, options: { isNew: true } });
  const used = async () => (await budgets.state(NAME))?.minute;

  it('creates, shows, updates and keeps', async () => {
    const made = await create({ requestsPerMinute: 600, tokensPerMinute: 90_000, burstPercent: 5 });
    expect(made.items[0]?.json).toEqual({ budget: NAME, result: 'created', closed_seconds: 0 });
    expect((await budget('get')).items[0]).toEqual({
      json: {
        budget: NAME,
        exists: true,
        open: true,
        paused: false,
        blocked_seconds: 0,
        closed_seconds: 0,
        used: {
          minute: { requests: 0, input_tokens: 0, output_tokens: 0 },
          day: { requests: 0, input_tokens: 0, output_tokens: 0 },
        },
        reserved: { input_tokens: 0, output_tokens: 0 },
        calls_under_way: 0,
        calls_at_once: null,
        waiting: 0,
        limits: {
          minute: { requests: 600, tokens: 90_000 },
          day: {},
          calls_at_once: null,
          share_per_tenant_percent: 100,
          burst_percent: 5,
          guard_seconds: 2,
          adaptive: true,
        },
      },
      pairedItem: { item: 0 },
    });
    const kept = await budget('createOrUpdate', {
      limits: { requestsPerMinute: 1 },
      options: { ifExists: 'keep' },
    });
    expect(kept.items[0]?.json.result).toBe('exists');
    expect((await budgets.state(NAME))?.limits.minute.requests).toBe(600);
    const updated = await budget('createOrUpdate', { limits: { callsAtOnce: 3, adaptive: false } });
    expect(updated.items[0]?.json.result).toBe('updated');
    expect((await budgets.state(NAME))?.limits).toMatchObject({
      minute: {},
      calls: 3,
      adaptive: null,
    });
  });

  it('names the field that is wrong', async () => {
    const problem = async (parameters: IDataObject) =>
      (await budget('createOrUpdate', parameters)).error?.message;
    expect(await problem({})).toBe('Limits: are empty');
    expect(await problem({ limits: { requestsPerMinute: 0 } })).toMatch(/^Requests per Minute: /);
    expect(await problem({ budget: { ...CHOSEN, value: ' ' } })).toBe('Budget: is empty');
    const none = await budget('pause');
    expect(none.error?.message).toBe(`Budget: there is none of the name "${NAME}"`);
    expect((await budget('get')).items[0]?.json).toEqual({ budget: NAME, exists: false });
    await create({ inputPerMinute: 100 });
    const wait = await budget('waitForBudget', { inputTokens: -1 });
    expect(wait.error?.message).toMatch(/^Input Tokens: /);
    const usage = await budget('reportUsage', { reservation: 'nonsense' });
    expect(usage.error?.message).toMatch(/^Reservation: is none/);
  });

  it('pauses, resumes, and ends a block when asked to', async () => {
    await create({ requestsPerMinute: 10 });
    await budget('pause');
    await budgets.block(NAME, 60_000);
    expect(await budgets.state(NAME)).toMatchObject({ paused: true });
    await budget('resume');
    const resumed = await budgets.state(NAME);
    expect(resumed?.paused).toBe(false);
    expect(resumed?.blockedMs).toBeGreaterThan(50_000);
    await budget('resume', { endBlock: true });
    expect(await budgets.state(NAME)).toMatchObject({ paused: false, blockedMs: 0 });
  });

  it('reserves for each item, and charges what was used instead', async () => {
    await create({ requestsPerMinute: 10, inputPerMinute: 1000, outputPerMinute: 1000 });
    const items = [{ json: { n: 1 } }, { json: { n: 2 } }];
    const ask = { inputTokens: '={{ $json.n * 100 }}', outputTokens: 200 };
    const waited = await budget('waitForBudget', ask, items);
    expect(waited.items.map(({ json }) => json)).toEqual(
      items.map(({ json }) => ({
        ...json,
        budget: {
          name: NAME,
          reservation: expect.any(String),
          waited_seconds: expect.any(Number),
        },
      })),
    );
    expect(await budgets.state(NAME)).toMatchObject({
      minute: { requests: 2, input: 0, output: 0 },
      reserved: { input: 300, output: 400 },
      calls: 2,
    });
    const report = { inputTokens: '={{ $json.n * 10 }}', outputTokens: 5 };
    const told = await budget('reportUsage', report, waited.items);
    expect(told.items.map(({ json }) => json)).toEqual([
      { budget: NAME, result: 'ended' },
      { budget: NAME, result: 'ended' },
    ]);
    expect(await budgets.state(NAME)).toMatchObject({
      minute: { requests: 2, input: 30, output: 10 },
      reserved: { input: 0, output: 0 },
      calls: 0,
    });
    const again = await budget('reportUsage', report, waited.items);
    expect(again.items[0]?.json.result).toBe('already');
    expect(await used()).toEqual({ requests: 2, input: 30, output: 10 });
  });

  it('fails as throttled when the longest wait is over, and holds nothing', async () => {
    await create({ callsAtOnce: 1 });
    await budget('waitForBudget');
    const late = await budget('waitForBudget', { longestWait: 0.3, longestWaitUnit: 'seconds' });
    expect(late.error?.message).toMatch(/had no room .* Calls at Once is 1 \(HTTP 429, try again/);
    expect(await budgets.state(NAME)).toMatchObject({ calls: 1, waiting: 0 });
    await create({ inputPerMinute: 10 });
    const huge = await budget('waitForBudget', { inputTokens: 11 });
    expect(huge.error?.message).toMatch(/Input Tokens per Minute is 10, and it needs 11/);
  });

  it('charges what nobody reserved, and blocks for all when the provider refused', async () => {
    await create({ requestsPerMinute: 10, inputPerMinute: 1000 });
    const free = await budget('reportUsage', { inputTokens: 40 });
    expect(free.items[0]?.json.result).toBe('charged');
    expect(await used()).toEqual({ requests: 1, input: 40, output: 0 });
    const refused = await budget('reportUsage', { outcome: 'refused', retryAfterSeconds: 30 });
    expect(refused.items[0]?.json.result).toBe('blocked');
    const { blockedMs = 0 } = (await budgets.state(NAME)) ?? {};
    expect(blockedMs).toBeGreaterThan(25_000);
  });

  it('adds to what the trigger reserved for the task of the run', async () => {
    await create({ requestsPerMinute: 10, inputPerMinute: 1000 });
    const { items, settled } = await world.deliveries(1, {
      budget: { name: NAME, use: 'reserve', estimate: { requests: 5, input: 500 } },
    });
    const usage = { requests: 2, inputTokens: 30 };
    for (let call = 0; call < 2; call += 1) {
      const told = await budget('reportUsage', usage, items);
      expect(told.items[0]?.json).toEqual({ budget: NAME, result: 'noted' });
    }
    expect(await used()).toEqual({ requests: 5, input: 0, output: 0 });
    await settled();
    for (let calls = 1; calls > 0;) calls = (await budgets.state(NAME))?.calls ?? 0;
    expect(await used()).toEqual({ requests: 4, input: 60, output: 0 });
  });
});
