import { Budgets } from '../../../src/budget/budgets';
import { postgresSchema, type PayloadPlaces } from '../../../src/contract/payloadStores';
import type { PayloadStore } from '../../../src/payload/payloadStore';
import { withPayloads } from '../../../src/payload/places';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { useStoreOf } from '../../../src/store/pool';
import { Store } from '../../../src/store/store';
import { startFaultProxy } from '../../support/faultProxy';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { startRedis } from '../../support/redis';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';

jest.setTimeout(90_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
  await closeIdleDatabases();
});

const placesOf = (more: object = {}): PayloadPlaces => {
  const { host, port, user, password } = server;
  return { postgres: postgresSchema.parse({ host, port, user, password, ...more }) };
};
const use = <T>(act: (payloads: PayloadStore) => Promise<T>) =>
  withPayloads(placesOf(), 'postgres', act);
const deposit = () =>
  use((payloads) => payloads.deposit({ kind: 'json', value: 'kept' }, { ttlMs: HOUR_MS }));
const send = (id: string, ref?: string, to = world) =>
  to.plain.publish('work', { task_id: id, intent: 'x', ref }, { messageId: id });
const sql = (text: string) => psql(server, 'postgres', text);

test('the password rotated under a running consumer: it reads the credential again and goes on', async () => {
  const { claim } = await deposit();
  await sql("CREATE ROLE rotated LOGIN PASSWORD 'old'");
  await sql('GRANT SELECT, INSERT, UPDATE, DELETE ON agent_swarm_payloads TO rotated');
  const rotate = async (to: string) => {
    await sql(`ALTER ROLE rotated PASSWORD '${to}'`);
    await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated'");
  };
  let password = 'old';
  const payloads = () => placesOf({ user: 'rotated', password });
  const { host, settled, event } = await world.consume(NO_RETRY, new TestHost(() => undefined), {
    payloads: payloads(),
    reread: {
      broker: async () => world.broker,
      store: async () => world.store,
      payloads: async () => payloads(),
    },
  });
  await send('a', claim);
  await host.started(1);

  // While a letter is made of a task.
  await rotate('new');
  password = 'new';
  host.runs[0]?.end({ kind: 'failed', error: { name: 'Error', message: 'no' } });
  expect((await settled(1))[0]).toMatchObject({ messageId: 'a', verdict: { kind: 'dead' } });
  const kept = await use((store) => store.redeem(claim));
  expect(kept.kind === 'redeemed' && kept.leftMs).toBeGreaterThan(29 * DAY_MS);

  // Before a task runs, and before a person has filled the credential in.
  await rotate('newer');
  await send('b', claim);
  await event('away', ({ error }) => error.includes('refused the login of user "rotated"'));
  expect(host.runs).toHaveLength(1);
  password = 'newer';
  await host.started(2);
  expect(host.runs[1]?.items[0]).toMatchObject({ task_id: 'b', payload: 'kept' });
});

test('PostgreSQL away for longer than a delivery is held: the task goes round, and nothing is held for it', async () => {
  const { claim } = await deposit();
  const proxy = await startFaultProxy({ port: server.port });
  const store = await Store.open(world.store, 'once');
  await new Budgets(store).create(
    'one',
    { calls: 1, adaptive: null },
    { ifThere: 'update', isNew: true },
  );
  const { host, settled } = await world.consume(
    { holdMs: 300, prefetch: 1, budget: { name: 'one', use: 'reserve' } },
    new TestHost(),
    { payloads: placesOf({ host: proxy.host, port: proxy.port }) },
  );
  await proxy.close();
  await send('a', claim);
  await send('b');
  // With one place and one call, b runs when a has given both back.
  const [round, next] = await settled(2);
  expect(round).toEqual({ messageId: 'a', verdict: { kind: 'sent_round', delayMs: 30_000 } });
  expect(next).toEqual({ messageId: 'b', verdict: { kind: 'done' } });
  expect(host.runs).toHaveLength(1);
  const key = (await world.keys.tasks()).find((name) => name.endsWith(':a'));
  expect(await world.keys.hash(key as string)).toMatchObject({
    state: 'live',
    released: '1',
    attempts: '0',
    crashes: '0',
  });
  await world.plain.waitForUnacked('work', 0);

  await proxy.open();
  expect((await settled(3))[2]).toEqual({ messageId: 'a', verdict: { kind: 'done' } });
  expect(host.runs[1]?.items[0]).toMatchObject({
    task_id: 'a',
    payload: 'kept',
    swarm: { attempt: 1 },
  });
  expect(await world.plain.exists('work.dead')).toBe(true);
  expect((await world.plain.depth('work.dead')).ready).toBe(0);
  store.close();
  await proxy.stop();
});

test('a task that runs without Redis goes round when its payload is in Redis', async () => {
  const redis = await startRedis({ appendOnly: true });
  const apart = await newWorld({ kind: 'standalone', host: redis.host, port: redis.port });
  const { claim } = await withPayloads({ redis: useStoreOf(apart.store) }, 'redis', (payloads) =>
    payloads.deposit({ kind: 'json', value: 'kept' }),
  );
  const { host, settled } = await apart.consume({ holdMs: 300, ifStoreAway: 'run' });
  await redis.kill();
  await send('a', claim, apart);
  const [round] = await settled(1);
  expect(round).toEqual({ messageId: 'a', verdict: { kind: 'sent_round', delayMs: 30_000 } });
  expect(host.runs).toHaveLength(0);
  await apart.plain.waitForUnacked('work', 0);
  await redis.start();
  await apart.end();
  await redis.stop();
});

test('a trigger that is given a table of somebody else loses no task over it', async () => {
  const { claim } = await deposit();
  await sql('CREATE TABLE theirs (id int)');
  const { settled, event } = await world.consume({ holdMs: 300 }, new TestHost(), {
    payloads: placesOf({ table: 'theirs' }),
  });
  await send('a', claim);
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'sent_round', delayMs: 30_000 });
  expect((await event('away')).error).toContain('the table "theirs" is not one of this pack');
});
