import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Budgets } from '../../../src/budget/budgets';
import { withPublisher } from '../../../src/broker/pool';
import type { BrokerSettings, StoreSettings } from '../../../src/contract/settings';
import { storeFindings } from '../../../src/cli/doctor/store';
import { browse } from '../../../src/deadLetters/browse';
import { discard } from '../../../src/deadLetters/discard';
import { replay } from '../../../src/deadLetters/replay';
import { dispatch, type DispatchResult } from '../../../src/dispatch/dispatch';
import { withStore } from '../../../src/store/pool';
import { redisDeposits } from '../../support/redisDeposits';
import { integrationCtl } from '../../support/integrationServers';
import { startRedis, type RedisServer } from '../../support/redis';
import { standingScopes } from '../../../src/word/scopes';
import { newWorld, NO_RETRY, startConsumer, TestHost, type World } from '../../support/world';

jest.setTimeout(60_000);

const QUEUE = 'documents';
const DOCS = readFileSync(join(__dirname, '../../../docs/credentials.md'), 'utf8');

/** The arguments behind a command in docs/credentials.md, without quotes, as a person would run them. */
function documented(command: string): string[][] {
  const lines = DOCS.split('\n').filter((line) => line.startsWith(command));
  return lines.map((line) => line.slice(command.length).trim().replaceAll("'", '').split(' '));
}

const [DECLARE = [], CHECK = [], LETTERS = []] = documented('rabbitmqctl set_permissions');
const [ACL = []] = documented('ACL SETUSER');

let redis: RedisServer;
let world: World;
let user: { broker: BrokerSettings; store: StoreSettings };

beforeEach(async () => {
  redis = await startRedis();
  world = await newWorld({ kind: 'standalone', host: redis.host, port: redis.port });
  const username = `user-${world.broker.vhost}`;
  await integrationCtl('add_user', username, 'pw');
  await world.keys.redis.call('ACL', 'SETUSER', ...ACL.map(onPrefix));
  user = {
    broker: { ...world.broker, username, password: 'pw' },
    store: { ...world.store, username: 'swarm', password: 'secret' },
  };
});
afterEach(async () => {
  await integrationCtl('delete_user', user.broker.username);
  await world.end();
  await redis.stop();
});

/** The documented prefix is the form's own; a test has another. */
const onPrefix = (word: string) => word.replace(/^([~&])swarm:/, `$1${world.store.prefix}:`);

async function grant([, , , ...rights]: readonly string[]): Promise<void> {
  const { vhost, username } = user.broker;
  await integrationCtl('set_permissions', '-p', vhost, username, ...rights);
}

/** Tasks that succeed, that come back once, and that give up; one of them too large for its message. */
const TASKS = ['good', 'flaky', 'bad', 'large'] as const;

async function dispatchAll(): Promise<DispatchResult[]> {
  const data = { text: 'x'.repeat(70_000) };
  return await withPublisher(user.broker, (publisher) =>
    dispatch({
      count: TASKS.length,
      request: (index) => ({
        to: { kind: 'queue', queue: QUEUE },
        taskId: TASKS[index] ?? '',
        intent: 'extract',
        tenant: TASKS[index],
        ...(TASKS[index] === 'large' && { data }),
      }),
      publisher,
      usePayloads: redisDeposits(user.store),
    }),
  );
}

/** Works with these rights through all that a task can meet: a budget, lanes, a retry by way of the ladder, a dead letter. */
async function workThrough(mode: 'declare' | 'check'): Promise<void> {
  const failed = new Set<string>();
  const host = new TestHost(([item]) => {
    const id = item?.task_id ?? '';
    if (id === 'good' || id === 'large' || (id === 'flaky' && failed.has(id))) {
      return { kind: 'succeeded' };
    }
    failed.add(id);
    const error = { name: 'Error', message: 'no', ...(id === 'bad' && { httpStatus: 404 }) };
    return { kind: 'failed', error };
  });
  // A store that has just started keeps a budget closed that may have been there before.
  const limits = { minute: { requests: 100 }, adaptive: null };
  await withStore(user.store, (store) =>
    new Budgets(store).create('openai', limits, { ifThere: 'update', isNew: true }),
  );
  const running = await startConsumer(
    user,
    {
      queue: QUEUE,
      topology: { queue: QUEUE, mode },
      lanes: 2,
      retry: { baseMs: 300, factor: 1 },
      budget: { name: 'openai', use: 'reserve' },
    },
    host,
  );
  expect((await dispatchAll()).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  const verdicts = (await running.settled(5)).map(({ verdict }) => verdict.kind).sort();
  expect(verdicts).toEqual(['dead', 'done', 'done', 'done', 'retried']);
  await world.plain.waitForDepth(`${QUEUE}.dead`, 1);
  await running.close();
}

test('the rights that docs/credentials.md names suffice', async () => {
  await grant(DECLARE);
  await workThrough('declare');
});

test('the rights that docs/credentials.md names for Topology: Only Check suffice, and declare nothing', async () => {
  const first = await startConsumer(world, { queue: QUEUE, lanes: 2 }, new TestHost());
  await first.close();
  await grant(CHECK);
  await expect(workThrough('declare')).rejects.toMatchObject({ code: 'no_rights' });
  await workThrough('check');
});

test('the rights that docs/credentials.md names for dead letters suffice for them, and for no task', async () => {
  const host = new TestHost(() => ({ kind: 'failed', error: { name: 'E', message: 'no' } }));
  const losing = await startConsumer(world, { queue: QUEUE, ...NO_RETRY }, host);
  for (const task_id of ['a', 'b']) {
    await world.plain.publish(QUEUE, { task_id, intent: 'x' }, { messageId: task_id });
  }
  await losing.settled(2);
  await losing.close();
  await grant(LETTERS);
  const { broker } = user;
  const desk = { broker, queue: `${QUEUE}.dead` };
  expect((await browse(desk, {})).letters.map(({ key }) => key)).toEqual(['a', 'b']);
  const done = await withPublisher(broker, (publisher) =>
    replay(desk, publisher, { filter: { key: 'a' } }),
  );
  expect(done).toMatchObject({ replayed: 1, failed: 0 });
  expect(await discard(desk, {}, () => undefined)).toMatchObject({ discarded: 1 });
  await world.plain.waitForDepth(QUEUE, 1);
  await expect(browse({ broker, queue: QUEUE }, {})).rejects.toMatchObject({ code: 'no_rights' });
});

test('the doctor sees with the rights that docs/credentials.md names, and says what it may not', async () => {
  const running = await startConsumer(world, { queue: QUEUE }, new TestHost());
  await world.plain.publish(QUEUE, { task_id: 'a', intent: 'x' });
  await running.settled(1);
  await running.close();
  const found = await withStore(user.store, async (store) =>
    storeFindings(store, await standingScopes(store)),
  );
  const levels = Object.fromEntries(found.map(({ check, level }) => [check, level]));
  expect(levels).toEqual({
    redis_eviction: 'ok',
    redis_persistence: 'unknown',
    redis_task_bytes: 'ok',
  });
});
