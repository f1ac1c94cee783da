import type { BrokerSettings } from '../../../src/contract/settings';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { integrationCtl } from '../../support/integrationServers';
import {
  newWorld,
  startConsumer,
  TestHost,
  type Happened,
  type RunningConsumer,
  type World,
} from '../../support/world';
import { publishTasks, runsOf, steadyHost } from './manyTasks';

jest.setTimeout(60_000);

const TASKS = 200;

let world: World;
let proxies: FaultProxy[];
let running: RunningConsumer | undefined;
beforeEach(async () => {
  world = await newWorld();
  const port = world.broker.hosts[0]?.port as number;
  proxies = [await startFaultProxy({ port }), await startFaultProxy({ port })];
});
afterEach(async () => {
  for (const run of running?.host.runs ?? []) run.end({ kind: 'succeeded' });
  await running?.close();
  for (const proxy of proxies) await proxy.stop();
  await world.end();
});

async function consume(more: Partial<BrokerSettings>, host = steadyHost()) {
  const hosts = proxies.map(({ host: name, port }) => ({ host: name, port }));
  const broker = { ...world.broker, hosts, ...more };
  const settings = { queue: 'work', prefetch: 20, leaseMs: 5000 };
  running = await startConsumer({ broker, store: world.store }, settings, host);
  return running;
}

/** How often it was told so. */
const told = ({ happened }: RunningConsumer, name: Happened['name']): number =>
  happened.filter((one) => one.name === name).length;

/** Waits for the next `ready` from now on. */
async function readyAgain(consumer: RunningConsumer) {
  const known = told(consumer, 'ready');
  await consumer.event('ready', () => told(consumer, 'ready') > known);
}

test('cut three times in the midst of 200 tasks, each of them runs once and ends', async () => {
  const consumer = await consume({});
  await publishTasks(world.plain, 'work', TASKS);
  for (const started of [40, 80, 120]) {
    await consumer.host.started(started);
    const again = readyAgain(consumer);
    for (const proxy of proxies) proxy.cut();
    await again;
  }
  const runs = await runsOf(consumer, TASKS);
  expect([...runs.values()]).toEqual(Array.from({ length: TASKS }, () => 1));
  // Otherwise no cut met a task that was in hand.
  expect(consumer.consumer.counts.duplicates).toBeGreaterThan(0);
  await consumer.close();
  await world.plain.waitForDepth('work', 0);
});

test('a network that swallows everything is noticed within two heartbeats, and left behind', async () => {
  const HEARTBEAT_S = 2;
  const forever = new TestHost(() => undefined);
  const consumer = await consume({ heartbeatSeconds: HEARTBEAT_S }, forever);
  const { host, event } = consumer;
  await world.plain.publish('work', { task_id: 'a', intent: 'x' }, { messageId: 'a' });
  await host.started(1);
  const again = readyAgain(consumer);
  for (const proxy of proxies) proxy.halfOpen();
  const began = performance.now();
  await event('away');
  expect(performance.now() - began).toBeLessThan(2 * HEARTBEAT_S * 1000 + 500);
  for (const proxy of proxies) await proxy.open();
  await again;
  // The broker has not noticed yet, or has just given the delivery out again: its owner is alive, so it must not run twice.
  await world.plain.publish('work', { task_id: 'b', intent: 'x' }, { messageId: 'b' });
  await host.started(2);
  await event('held', ({ key }) => key === 'a');
  host.runs.forEach(({ end }) => end({ kind: 'succeeded' }));
  await event('settled', ({ verdict }) => verdict.kind === 'dropped');
  expect(host.runs).toHaveLength(2);
});

test('the second host takes over when the first is gone, and the first when the second is', async () => {
  const [first, second] = proxies as [FaultProxy, FaultProxy];
  const consumer = await consume({});
  expect(first.connections()).toBe(1);
  for (const [round, gone, other] of [
    [1, first, second],
    [2, second, first],
  ] as const) {
    const again = readyAgain(consumer);
    await other.open();
    await gone.close();
    gone.cut();
    await again;
    expect(other.connections()).toBeGreaterThan(0);
    await world.plain.publish('work', { task_id: `t${round}`, intent: 'x' });
    await consumer.settled(round);
  }
});

test('after a long list of failed attempts it consumes within 3 s', async () => {
  const consumer = await consume({});
  for (const proxy of proxies) {
    await proxy.close();
    proxy.cut();
  }
  // By the seventh failure the next attempt would be 6 s away, were it not for the longest pause.
  await consumer.event('away', () => told(consumer, 'away') > 8);
  const again = readyAgain(consumer);
  const began = performance.now();
  for (const proxy of proxies) await proxy.open();
  await again;
  expect(performance.now() - began).toBeLessThan(3000);
});

test.each([
  [0, 0],
  [1, 1],
  [30, 20],
])('a heartbeat of %i s is asked for as %i s', async (heartbeatSeconds, asked) => {
  await consume({ heartbeatSeconds, connectionName: `beat-${heartbeatSeconds}` });
  const columns = ['client_properties', 'timeout', '--no-table-headers'];
  const rows = (await integrationCtl('list_connections', ...columns)).split('\n');
  const row = rows.find((text) => text.includes(`beat-${heartbeatSeconds} (consume)`));
  expect(row?.trim().split('\t').at(-1)).toBe(String(asked));
});

test('the password rotated in the midst of tasks: it reads the credential again and goes on', async () => {
  const username = `user-${world.broker.vhost}`;
  await integrationCtl('add_user', username, 'old');
  await integrationCtl('set_permissions', '-p', world.broker.vhost, username, '.*', '.*', '.*');
  let password = 'old';
  const broker = { ...world.broker, username, password };
  const reread = {
    broker: async () => ({ ...world.broker, username, password }),
    store: async () => world.store,
    payloads: async () => ({}),
  };
  const host = steadyHost();
  running = await startConsumer(
    { broker, store: world.store },
    { queue: 'work', prefetch: 20 },
    host,
    { reread },
  );
  await publishTasks(world.plain, 'work', TASKS);
  await host.started(40);
  await integrationCtl('change_password', username, 'new');
  await integrationCtl('close_all_user_connections', username, 'rotated');
  await running.event('away', ({ error }) => error.includes('refused the login'));
  password = 'new';
  const runs = await runsOf(running, TASKS);
  expect([...runs.values()]).toEqual(Array.from({ length: TASKS }, () => 1));
  await running.close();
  await integrationCtl('delete_user', username);
});
