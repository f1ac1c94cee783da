import { checkBroker } from '../../../src/broker/check';
import { closeIdlePublishers } from '../../../src/broker/pool';
import { brokerSchema } from '../../../src/contract/settings';
import { closeIdleStores, withStore } from '../../../src/store/pool';
import { knownScopes } from '../../../src/word/scopes';
import { dispatchAll } from '../../support/dispatchAll';
import { integrationServers, integrationStore } from '../../support/integrationServers';
import { connectPlainBroker } from '../../support/plainBroker';
import { connectPlainStoreAt, type AnyPlainStore } from '../../support/plainStore';
import type { RabbitMq } from '../../support/rabbitMq';
import { startRabbitMqCluster, type RabbitMqCluster } from '../../support/rabbitMqCluster';
import { startConsumer, type RunningConsumer } from '../../support/world';
import { publishTasks, runsOf, steadyHost } from './manyTasks';

/** Servers of its own: these tests take them away, one at a time. */
jest.setTimeout(180_000);

/** At 100 ms a run and ten at once they take four seconds. */
const TASKS = 400;
const RUN_MS = 100;
/** Longest time without a task, seconds. */
const RESUME_S = 15;
/** Of the tasks, each so many fails its first run, and comes back through the delay ladder. */
const EACH = 5;

let cluster: RabbitMqCluster;
let keys: AnyPlainStore;
beforeAll(async () => {
  cluster = await startRabbitMqCluster({ settings: HOP });
  keys = await connectPlainStoreAt(integrationServers().store);
});
afterAll(async () => {
  await closeIdlePublishers();
  await closeIdleStores();
  await keys?.close();
  await cluster?.stop();
});

/**
 * A message on its way between two queues of the ladder while a node is cut off may be handed to nobody: RabbitMQ sends it again
 * when it was not confirmed for so long, ms. Its default is 180,000, for each hop.
 */
const HOP = { dead_letter_worker_publisher_confirm_timeout: 2000 };

const RETRY = { retry: { baseMs: 2000 } } as const;

const fails = (id: string) => Number(id.slice(1)) % EACH === 0;

/** Every run takes a while; the first of some fails. */
function hostWithFailures() {
  const failed = new Set<string>();
  return steadyHost(({ task_id: id }) => {
    if (!fails(id) || failed.has(id)) return { kind: 'succeeded' };
    failed.add(id);
    return { kind: 'failed', error: { name: 'Error', message: 'once' } };
  }, RUN_MS);
}

const at = (port: number) => ({ host: '127.0.0.1', port });

/** Consumes by the first of these nodes, and by the others when it is gone. */
async function consume(queue: string, nodes: readonly RabbitMq[]): Promise<RunningConsumer> {
  const hosts = nodes.map(({ port }) => at(port));
  const settings = { prefetch: 10, leaseMs: 5000, ...RETRY };
  return await startConsumer(
    { broker: brokerSchema.parse({ hosts }), store: integrationStore(keys.prefix) },
    { queue, ...settings },
    hostWithFailures(),
  );
}

/** Resolves when the consumer was lost and is back, and a run began; gives the seconds from now. */
async function consumingAgain({ event, host }: RunningConsumer): Promise<number> {
  const since = performance.now();
  const { epoch } = await event('ready');
  await event('ready', (again) => again.epoch > epoch);
  await host.started(host.runs.length + 1);
  return (performance.now() - since) / 1000;
}

/** Each task ended once and well, those that failed after one more run, and nothing is left anywhere. */
async function expectEachOnce(running: RunningConsumer, queue: string, count: number) {
  const runs = await runsOf(running, count);
  const ids = Array.from({ length: count }, (_, index) => `t${index}`);
  expect(Object.fromEntries(runs)).toEqual(
    Object.fromEntries(ids.map((id) => [id, fails(id) ? 2 : 1])),
  );
  await running.close();
  const [{ url, node }] = cluster.members;
  const plain = await connectPlainBroker(url, node);
  await plain.waitForDepth(queue, 0);
  await plain.waitForUnacked(queue, 0);
  expect((await plain.depth(`${queue}.dead`)).ready).toBe(0);
  await plain.close();
}

test('the node that leads the queue is killed, and the consumer was on it: each task ends once', async () => {
  const [leader, second, third] = cluster.members;
  const running = await consume('led', [leader, second, third]);
  expect(await cluster.leaderOf('led', second)).toBe(leader);
  const plain = await connectPlainBroker(second.url, second.node);
  await publishTasks(plain, 'led', TASKS);
  await running.host.started(60);
  const again = consumingAgain(running);
  await leader.kill();
  expect(await again).toBeLessThan(RESUME_S);
  expect([second, third]).toContain(await cluster.leaderOf('led', second));
  await leader.start();
  await publishTasks(plain, 'led', 100, TASKS);
  await plain.close();
  await expectEachOnce(running, 'led', TASKS + 100);
});

test('a node that follows is cut off with the consumer on it, and comes back: each task ends once', async () => {
  const [leader, follower, third] = cluster.members;
  // A queue is led by the node that it is declared through.
  await (await consume('parted', [leader])).close();
  const running = await consume('parted', [follower, third, leader]);
  expect(await cluster.leaderOf('parted', third)).toBe(leader);
  const plain = await connectPlainBroker(leader.url, leader.node);
  await publishTasks(plain, 'parted', TASKS);
  await running.host.started(60);
  const again = consumingAgain(running);
  const isolation = await cluster.isolate(follower);
  expect(await again).toBeLessThan(RESUME_S);
  expect(await isolation.serves()).toBe(false);
  await publishTasks(plain, 'parted', 100, TASKS);
  await isolation.heal();
  expect(await isolation.serves()).toBe(true);
  await publishTasks(plain, 'parted', 100, TASKS + 100);
  await plain.close();
  await expectEachOnce(running, 'parted', TASKS + 200);
});

/** Whichever node a consumer is on: a cluster without a name has as many as nodes, and a task must not be another one on each. */
async function expectOneScope(queue: string, other: RabbitMq) {
  await (await consume(queue, [other, ...cluster.members.filter((one) => one !== other)])).close();
  const told = await Promise.all(
    cluster.members.map(({ port }) => checkBroker(brokerSchema.parse({ hosts: [at(port)] }))),
  );
  expect(new Set(told.map((one) => one.cluster)).size).toBe(3);
  const scopes = await withStore(integrationStore(keys.prefix), knownScopes);
  expect(scopes.filter((one) => one.queue === queue)).toHaveLength(1);
}

test('the node that leads the queue is drained and revived, consumer and producer were on it: each task ends once', async () => {
  const [drained, second, third] = cluster.members;
  const running = await consume('drained', [drained, second, third]);
  expect(await cluster.leaderOf('drained', second)).toBe(drained);
  await expectOneScope('drained', second);
  const dispatchTo = async (first: number) => {
    const hosts = [drained, second, third].map(({ port }) => at(port));
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      to: { kind: 'queue' as const, queue: 'drained' },
      intent: 'x',
      taskId: `t${first + index}`,
    }));
    const results = await dispatchAll(brokerSchema.parse({ hosts }), tasks);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  };
  await dispatchTo(0);
  await running.host.started(60);
  const again = consumingAgain(running);
  await drained.drain();
  expect(await again).toBeLessThan(RESUME_S);
  expect([second, third]).toContain(await cluster.leaderOf('drained', second));
  await dispatchTo(TASKS);
  await drained.revive();
  await dispatchTo(2 * TASKS);
  await expectEachOnce(running, 'drained', 3 * TASKS);
});
