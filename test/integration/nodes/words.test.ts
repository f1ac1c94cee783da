import type { IDataObject } from 'n8n-workflow';

import { NO_RETRY } from '../../support/world';
import { startWordWorld, TEST_ITEM, verdictsOf, type WordWorld } from './wordWorld';

jest.setTimeout(120_000);

let world: WordWorld;
beforeAll(async () => {
  world = await startWordWorld();
});
afterAll(async () => {
  await world.end();
});

const HOUR_MS = 3_600_000;
const result = { options: { includeResult: true } };
/** No chance in it: what a word or an error asks for is all there is. */
const AT_ONCE = { retry: { baseMs: 0 } };

const failureOf = async (queue: string) => {
  const [letter] = await world.plain.take(`${queue}.dead`, 1);
  return {
    reason: letter?.headers['x-swarm-reason'],
    ...(JSON.parse(String(letter?.headers['x-swarm-failure'])) as IDataObject),
  };
};

describe('Fail, in n8n', () => {
  it('says the error of its item, and the trigger decides what becomes of the task', async () => {
    const { items, heard } = await world.deliveries(4, AT_ONCE);
    const errors = [
      'Request failed with status code 503',
      { message: 'gone', httpCode: '404' },
      { message: 'slow down', status: 429, response: { headers: { 'retry-after': '7' } } },
      'The service is receiving too many requests from you',
    ];
    const failed = items.map(({ json }, index) => ({
      json: { ...json, error: errors[index] ?? '' },
    }));
    const ran = await world.say('fail', failed);
    expect(ran.error).toBeUndefined();
    expect(ran.items.map(({ json }) => json)).toEqual(failed.map(({ json }) => json));
    expect(verdictsOf(await heard())).toMatchObject({
      t0: { kind: 'retried', counts: true },
      t1: { kind: 'dead', reason: 'run_failed' },
      t2: { kind: 'retried', counts: false, copy: { delayMs: 7000 } },
      t3: { kind: 'retried', counts: false, copy: { delayMs: 0 } },
    });
  });

  it('lets the form say what the item does not, and names itself and its execution', async () => {
    const { items, queue, heard } = await world.deliveries(1, NO_RETRY);
    const parameters = { message: 'The page cannot be read', httpStatus: '=4{{ 2 }}2' };
    const { executionId } = await world.say('fail', items, parameters);
    await heard();
    expect(await failureOf(queue)).toMatchObject({
      reason: 'run_failed',
      message: 'The page cannot be read',
      http_status: 422,
      node: 'Agent Swarm',
      execution: executionId,
    });
  });

  it('waits as long as the form says, and tells what it said', async () => {
    const { items, heard } = await world.deliveries(1, AT_ONCE);
    const options = { retryAfterSeconds: 90, includeResult: true };
    const ran = await world.say('fail', items, { httpStatus: '429', options });
    expect(ran.items[0]?.json.failed).toEqual({
      recorded: true,
      already: false,
      test: false,
      error: {
        name: 'Fail',
        message: 'a node said Fail, and its item holds no error',
        http_status: 429,
        retry_after_seconds: 90,
      },
    });
    expect((await heard())[0]?.verdict).toMatchObject({ copy: { delayMs: 90_000 } });
  });

  it('says the error of the first item that came from a delivery, once', async () => {
    const { items, heard } = await world.deliveries(2, AT_ONCE);
    const parameters = { message: '=part {{ $json.part }}', ...result };
    const ran = await world.say('fail', items, parameters, { between: 'test.split' });
    expect(ran.items.map(({ json }) => json.failed)).toEqual(
      Array(4).fill(
        expect.objectContaining({
          recorded: true,
          error: expect.objectContaining({ message: 'part 1' }),
        }),
      ),
    );
    await heard();
  });
});

describe('Retry Later, in n8n', () => {
  it.each<[string, IDataObject, object]>([
    ['by the usual backoff', {}, { counts: false, copy: { delayMs: 0 } }],
    [
      'after a given time',
      { delay: 'fixed', after: 1.5, afterUnit: 'hours' },
      { counts: false, copy: { delayMs: 1.5 * HOUR_MS } },
    ],
    [
      'after a time that nobody changed, counted',
      { delay: 'fixed', countsAsAttempt: true },
      { counts: true, copy: { delayMs: 300_000, attempt: 2 } },
    ],
  ])('%s', async (_how, parameters, verdict) => {
    const { items, heard } = await world.deliveries(1, AT_ONCE);
    expect((await world.say('retryLater', items, parameters)).error).toBeUndefined();
    expect((await heard())[0]?.verdict).toMatchObject({ kind: 'retried', ...verdict });
  });

  it('shows its reason to whoever reads the history of the task', async () => {
    const { items, heard, queue, running } = await world.deliveries(1, AT_ONCE);
    await world.say('retryLater', items, { reason: 'Not scanned yet' });
    await heard();
    await running.host.started(2);
    const again = running.host.runs[1]?.items as unknown as IDataObject[];
    await world.say('deadLetter', [{ json: again[0] ?? {} }]);
    expect(await failureOf(queue)).toMatchObject({
      reason: 'dead_lettered',
      message: 'the node "Agent Swarm" said Dead-Letter',
      attempts: [{ error: 'Not scanned yet', counts: false }, {}],
    });
  });

  it.each([{ after: -1 }, { after: 300, afterUnit: 'hours' }, { after: 'soon' }])(
    'refuses %p and says nothing',
    async (wrong) => {
      const { items, settled } = await world.deliveries(1, NO_RETRY);
      const { error } = await world.say('retryLater', items, { delay: 'fixed', ...wrong });
      expect(error?.message).toMatch(/^After: /);
      expect((await settled())[0]?.verdict).toMatchObject({ reason: 'run_failed' });
    },
  );
});

it('Dead-Letter gives the task up with the reason of the form', async () => {
  const { items, queue, heard } = await world.deliveries(1, AT_ONCE);
  await world.say('deadLetter', items, { reason: '={{ $json.task_id }} is empty' });
  await heard();
  expect(await failureOf(queue)).toMatchObject({ reason: 'dead_lettered', message: 't0 is empty' });
});

describe('the lease, in n8n', () => {
  const untilOf = async (task = '') => Number((await world.keys.hash(task)).until);

  it('is extended for as long as the form says', async () => {
    const { items, tasks } = await world.deliveries(1);
    const parameters = { for: 10, forUnit: 'minutes', ...result };
    const began = Date.now();
    const [item] = (await world.say('extendLease', items, parameters)).items;
    const until = await untilOf(tasks[0]);
    expect(until).toBeGreaterThanOrEqual(began + 600_000);
    expect(item?.json.extended).toEqual({ until: new Date(until).toISOString(), test: false });
  });

  it('is renewed by any pack node with a store that its deliveries pass', async () => {
    const { items, tasks } = await world.deliveries(2, { leaseMs: 1500 });
    const before = Date.now() + 20_000;
    const payload = { resource: 'payload', operation: 'store' };
    const { error } = await world.say('store', items, payload);
    expect(error).toBeUndefined();
    // Beside the node's own work, which does not wait for it.
    for (const task of tasks) while ((await untilOf(task)) < before);
  });

  it('is renewed where only the run knows the delivery', async () => {
    const { items, tasks } = await world.deliveries(1, { leaseMs: 1500 });
    const before = Date.now() + 20_000;
    await world.say(
      'store',
      items,
      { resource: 'payload', operation: 'store' },
      {
        between: 'test.aggregate',
      },
    );
    while ((await untilOf(tasks[0])) < before);
  });
});

describe('Get, in n8n', () => {
  it('tells the state of the task of its item', async () => {
    const { items } = await world.deliveries(1);
    const [item] = (await world.say('get', items)).items;
    expect(item?.json).toMatchObject({ key: 't0', state: 'live', attempts: 0, throttles: 0 });
    await world.say('fail', items, { httpStatus: '404' });
  });

  it('tells that of any task by its queue and key', async () => {
    const { queue, items, heard } = await world.deliveries(1, AT_ONCE);
    await world.say('deadLetter', items);
    await heard();
    const parameters = { task: 'key', queue, key: '={{ $json.key }}' };
    const asked = [{ json: { key: 't0' } }, { json: { key: 'never came' } }];
    const ran = await world.say('get', asked, parameters);
    expect(ran.items.map(({ json }) => json)).toMatchObject([
      { key: 't0', state: 'dead', reason: 'dead_lettered', ended: expect.any(String) },
      { key: 'never came', state: 'unknown' },
    ]);
    const chosen = { ...parameters, queue: { __rl: true, mode: 'list', value: queue } };
    const again = await world.say('get', asked, chosen);
    expect(again.items.map(({ json }) => json.state)).toEqual(['dead', 'unknown']);
  });

  it.each<[string, IDataObject, RegExp]>([
    ['a queue that nobody consumes', { queue: 'nowhere', key: 'a' }, /^Queue: no Agent Swarm/],
    ['no queue', { queue: '={{ null }}', key: 'a' }, /^Queue: is empty/],
    ['no key', { queue: 'nowhere', key: '={{ null }}' }, /^Key: is empty/],
  ])('refuses %s', async (_what, parameters, message) => {
    const { error } = await world.say('get', [{ json: {} }], { task: 'key', ...parameters });
    expect(error?.message).toMatch(message);
  });

  it('looks in the virtual host that the form names', async () => {
    const { queue, items } = await world.deliveries(1);
    const named = (vhost: string) => ({ task: 'key', queue, key: 't0', options: { vhost } });
    const [found] = (await world.say('get', items, named(world.broker.vhost))).items;
    expect(found?.json.state).toBe('live');
    const { error } = await world.say('get', items, named('/elsewhere'));
    expect(error?.message).toMatch(/^Queue: no Agent Swarm Trigger has consumed/);
  });
});

describe('Cancel, in n8n', () => {
  it('lets go of a task whatever becomes of its run, and lets the item pass', async () => {
    const { queue, heard } = await world.deliveries(1, AT_ONCE);
    const asked = [{ json: { key: 't0' } }, { json: { key: 't0' } }];
    const parameters = { task: 'key', queue, key: 't0', ...result };
    const first = await world.say('cancel', asked.slice(1), parameters);
    expect(first.items[0]?.json).toEqual({
      key: 't0',
      canceled: { recorded: true, state: 'canceled', test: false },
    });
    expect((await heard())[0]?.verdict).toEqual({ kind: 'canceled' });
    const again = await world.say('cancel', asked.slice(1), parameters);
    expect(again.items[0]?.json.canceled).toMatchObject({ recorded: false, state: 'canceled' });
  });

  it('works on the task of its own delivery, too', async () => {
    const { items, heard } = await world.deliveries(1, AT_ONCE);
    await world.say('cancel', items, {}, { between: 'test.replace' });
    expect((await heard())[0]?.verdict).toEqual({ kind: 'canceled' });
  });
});

describe('a test by hand', () => {
  it.each<[string, string, object]>([
    ['fail', 'failed', { recorded: false, error: { http_status: 404 } }],
    ['retryLater', 'put_off', { recorded: false }],
    ['deadLetter', 'dead_lettered', { recorded: false }],
    ['extendLease', 'extended', { until: null }],
    ['cancel', 'canceled', { recorded: false }],
  ])('of %s is checked and shown, and nothing is recorded', async (operation, field, shown) => {
    // Triggers of other tests still write their counts.
    const recorded = async () =>
      (await world.keys.keys()).filter((key) => !key.endsWith(':counts'));
    const before = await recorded();
    const item = { json: { ...TEST_ITEM.json, error: { message: 'gone', status: 404 } } };
    const ran = await world.say(operation, [item], result);
    expect(ran.items[0]?.json[field]).toMatchObject({ test: true, ...shown });
    expect(await recorded()).toEqual(before);
  });

  it('of Get has no task to tell of', async () => {
    const ran = await world.say('get', [TEST_ITEM]);
    expect(ran.items[0]?.json).toEqual({ state: 'unknown', test: true });
  });

  it('is refused when the form is wrong, as a real one would be', async () => {
    const wrong = { delay: 'fixed', after: -1 };
    const { error } = await world.say('retryLater', [TEST_ITEM], wrong);
    expect(error?.message).toMatch(/^After: /);
  });
});
