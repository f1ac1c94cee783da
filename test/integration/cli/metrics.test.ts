import { agentSwarm } from '../../../src/cli/agentSwarm';
import { Budgets } from '../../../src/budget/budgets';
import { withStore } from '../../../src/store/pool';
import { integrationServers } from '../../support/integrationServers';
import { connectPlainBroker } from '../../support/plainBroker';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { storeFlags } from '../../support/storeAddress';
import { newWorld, TestHost, type World } from '../../support/world';
import { replayed } from '../deadLetters/deskWorld';

jest.setTimeout(60_000);

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

interface Asked {
  readonly flags?: readonly string[];
  readonly url?: string;
  readonly stopped?: AbortSignal;
  readonly out?: (text: string) => void;
}

async function program({ flags = [], url = world.vhostUrl, stopped, out }: Asked = {}) {
  const redis = [...storeFlags(integrationServers().store), '--prefix', world.keys.prefix];
  let [text, error] = ['', ''];
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', 'metrics', ...redis, ...flags],
    env: { RABBITMQ_URL: url },
    out: out ?? ((more) => (text += more)),
    error: (more) => (error += more),
    stop: stopped && (() => stopped),
  });
  return { code, text, error };
}

/** Figures of a page: `name{labels}` without the prefix and without the labels that every figure of a queue has. */
function figures(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', labels = '', value] =
        /^agent_swarm_(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const own = labels
        .split(',')
        .filter((label) => !/^(queue|vhost|budget)=/.test(label))
        .join();
      return [own === '' ? name : `${name}{${own}}`, Number(value)];
    }),
  );
}

const seen = async (asked?: Asked) => figures((await program(asked)).text);

/** Looks until so many deliveries are counted: counts are written once a second. */
async function counted(received: number, asked?: Asked): Promise<Record<string, number>> {
  for (;;) {
    const told = await seen(asked);
    if ((told.tasks_received_total ?? 0) >= received) return told;
  }
}

test('what became of tasks is counted', async () => {
  const host = new TestHost(([item]) => {
    const { task_id: id, swarm } = item ?? {};
    if (id === 'parked') return { kind: 'waiting' };
    if (id === 'good' || swarm?.attempt === 2) return { kind: 'succeeded' };
    const status =
      id === 'bad' ? { httpStatus: 404 } : id === 'throttled' ? { httpStatus: 429 } : {};
    return { kind: 'failed', error: { name: 'E', message: 'no', ...status, retryAfterMs: 1 } };
  });
  const { settled } = await world.consume({ retry: { baseMs: 1, throttles: 1 } }, host);
  const send = (task_id: string, id = task_id) =>
    world.plain.publish(
      'work',
      { task_id, intent: 'x' },
      { messageId: id, timestamp: Math.floor(Date.now() / 1000) - 20 },
    );
  for (const id of ['good', 'bad', 'flaky', 'parked', 'throttled']) await send(id);
  await world.plain.publish('work', 'no json');
  // The flaky one a second time, the throttled one until it is given up.
  await settled(8);
  await send('good', 'copy');
  await settled(9);
  await world.plain.waitForDepth('work.dead', 3);
  expect(await counted(9)).toMatchObject({
    'source_up{source="redis"}': 1,
    'source_up{source="rabbitmq"}': 1,
    queue_ready: 0,
    queue_consumers: 1,
    queue_dead_letters: 3,
    queue_oldest_seconds: 0,
    tasks_received_total: 9,
    tasks_runs_total: 7,
    tasks_done_total: 2,
    tasks_duplicates_total: 1,
    tasks_retried_total: 1,
    tasks_throttled_total: 1,
    tasks_parked_total: 1,
    'tasks_dead_total{reason="run_failed"}': 1,
    'tasks_dead_total{reason="throttled"}': 1,
    'tasks_dead_total{reason="not_json"}': 1,
    wait_seconds_count: 5,
    'wait_seconds_bucket{le="10"}': 0,
    'wait_seconds_bucket{le="30"}': 5,
    'wait_seconds_bucket{le="+Inf"}': 5,
    'run_seconds_bucket{le="+Inf"}': 7,
  });
  const desk = { broker: world.broker, queue: 'work.dead' };
  await replayed(world, { filter: { key: 'bad' } }, desk);
  await settled(10);
  expect(await counted(10)).toMatchObject({ tasks_replayed_total: 1, queue_dead_letters: 3 });
});

test('what budgets granted, refused and charged is counted, by tenant and in money', async () => {
  await withStore(world.store, async (store) => {
    const budgets = new Budgets(store);
    const limits = { minute: { requests: 2 }, adaptive: null, tenantShare: 1 } as const;
    await budgets.create('gpt "5"', limits, { ifThere: 'update', isNew: true });
    const ask = (id: string, tenant: string) =>
      budgets.reserve('gpt "5"', { id, tenant, requests: 1, input: 1000, output: 500 });
    const first = await ask('a', 'red');
    await ask('b', 'blue');
    expect(await ask('c', 'blue')).toMatchObject({ kind: 'wait' });
    if (first.kind !== 'granted') throw new Error(first.kind);
    const { id, reserved } = first;
    const held = { budget: 'gpt "5"', id, tenant: 'red', learn: '', leaseMs: 1000, reserved };
    await budgets.reconcile(held, { input: 1200, output: 100, ok: true });
    await budgets.block('gpt "5"', 30_000, 'b');
  });
  const page = await program({ flags: ['--price', 'gpt "5"=1/10'] });
  expect(page.text).toContain('agent_swarm_budget_blocked{budget="gpt \\"5\\""} 1');
  expect(figures(page.text)).toMatchObject({
    budget_granted_total: 2,
    budget_calls_ended_total: 1,
    budget_pushed_back_total: 1,
    budget_blocks_total: 1,
    'budget_throttled_total{constraint="requests_minute"}': 1,
    'budget_limit{constraint="requests_minute"}': 2,
    'budget_used{constraint="requests_minute"}': 2,
    'budget_tokens_total{direction="input"}': 1200,
    'budget_tokens_reserved_total{direction="output"}': 1000,
    'budget_tokens_over_estimate_total{direction="input"}': 200,
    'budget_tokens_under_estimate_total{direction="output"}': 400,
    'budget_reserved_tokens{direction="input"}': 1000,
    'tenant_tokens_total{tenant="red",direction="input"}': 1200,
    'tenant_calls_total{tenant="red"}': 1,
    budget_cost_total: 0.0022,
    'tenant_cost_total{tenant="red"}': 0.0022,
  });
});

test('a source that is away is told, and its figures are left out', async () => {
  const { settled } = await world.consume({});
  await world.plain.publish('work', { task_id: 'a', intent: 'x' });
  await settled(1);
  const vhost = encodeURIComponent(world.broker.vhost);
  const told = await counted(1, { url: `amqp://127.0.0.1:1/${vhost}` });
  expect(told).toMatchObject({
    'source_up{source="rabbitmq"}': 0,
    'source_up{source="redis"}': 1,
    tasks_done_total: 1,
  });
  expect(told).not.toHaveProperty('queue_ready');
});

describe('with the management API', () => {
  let rabbit: RabbitMq | undefined;
  afterEach(() => rabbit?.stop());

  test('it is served, with what is in flight, 200 queues within a second', async () => {
    rabbit = await startRabbitMq({ management: true });
    const url = await rabbit.newVhost('own');
    const broker = {
      ...world.broker,
      hosts: [{ host: '127.0.0.1', port: rabbit.port }],
      vhost: 'own',
    };
    const hung = new TestHost(() => undefined);
    const { host } = await world.consume({ queue: 'q0' }, hung, { broker });
    const { keys } = world;
    const known = await keys.redis.hgetall(`${keys.prefix}:1:scopes`);
    const [scope = '', text = ''] = Object.entries(known)[0] ?? [];
    const plain = await connectPlainBroker(url, rabbit.node);
    await plain.publish('q0', { task_id: 'a', intent: 'x' });
    await host.started(1);
    for (let at = 1; at < 200; at += 1) {
      await plain.declare(`q${at}`, {});
      await plain.declare(`q${at}.dead`, {});
      const name = scope.replace('q0', `q${at}`);
      await keys.redis.hset(`${keys.prefix}:1:scopes`, name, text.replaceAll('"q0', `"q${at}`));
    }
    await plain.close();
    const stop = new AbortController();
    const served = new Promise<string>((resolve) => {
      void program({
        url,
        flags: ['--listen', '127.0.0.1:0', '--management', rabbit?.managementUrl ?? ''],
        stopped: stop.signal,
        out: (line) => resolve(line.trim()),
      });
    });
    const at = await served;
    let [page, took] = ['', Infinity];
    // The best of five: what else the machine does is not its doing.
    for (let scrape = 0; scrape < 5; scrape += 1) {
      const began = performance.now();
      page = await (await fetch(at)).text();
      took = Math.min(took, performance.now() - began);
    }
    expect(page.match(/^agent_swarm_queue_ready\{/gm)).toHaveLength(200);
    expect(page).toMatch(/^agent_swarm_queue_in_flight\{queue="q0",vhost="own"\} [01]$/m);
    expect(took).toBeLessThan(1000);
    expect((await fetch(at.replace('/metrics', '/'))).status).toBe(404);
    stop.abort();
    host.runs[0]?.end({ kind: 'succeeded' });
  });
});

test.each([
  [['--listen', 'here'], '--listen: is no address. Write it as 127.0.0.1:9464.'],
  [['--price', 'x'], '--price: is no price: x. Write it as budget=input/output.'],
])('%j says what is wrong', async (flags, said) => {
  expect(await program({ flags })).toMatchObject({ code: 1, error: `${said}\n` });
});
