import { consumerSchema } from '../../../src/contract/settings';
import {
  postgresSchema,
  s3Schema,
  STORE_KINDS,
  type PayloadPlaces,
} from '../../../src/contract/payloadStores';
import { longestLife } from '../../../src/consume/consumerTerms';
import type { PayloadStore } from '../../../src/payload/payloadStore';
import { withPayloads } from '../../../src/payload/places';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { closeIdleBuckets } from '../../../src/payload/s3Bucket';
import { useStoreOf } from '../../../src/store/pool';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { startSwift, type Swift } from '../../support/swift';
import { newWorld, TestHost, type World } from '../../support/world';

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const SLACK_MS = 60_000;

describe.each(STORE_KINDS)('what a task claims in %s', (kind) => {
  let world: World;
  let server: Postgres | Swift | undefined;
  let places: PayloadPlaces = {};

  beforeAll(async () => {
    world = await newWorld();
    if (kind === 'postgres') {
      const postgres = await startPostgres();
      server = postgres;
      const { host, port, user, password } = postgres;
      places = { postgres: postgresSchema.parse({ host, port, user, password }) };
    }
    if (kind === 's3') {
      const swift = await startSwift();
      server = swift;
      const { credential, bucket } = swift;
      places = { s3: s3Schema.parse({ ...credential, pathStyle: true, bucket }) };
    }
  });

  afterAll(async () => {
    await Promise.all([closeIdleDatabases(), closeIdleBuckets()]);
    await world.end();
    await server?.stop();
  });

  const use = <T>(act: (payloads: PayloadStore) => Promise<T>) =>
    withPayloads({ redis: useStoreOf(world.store), ...places }, kind, act);
  const store = (ttlMs: number) =>
    use((payloads) => payloads.deposit({ kind: 'json', value: 'kept' }, { ttlMs }));
  const left = async (claim: string) => {
    const redeemed = await use((payloads) => payloads.redeem(claim));
    return redeemed.kind === 'redeemed' ? redeemed.leftMs : 0;
  };
  const failing = () => new TestHost(() => undefined);
  const span = (options: object) => {
    const settings = consumerSchema.parse({ topology: { queue: 'any' }, ...options });
    return longestLife(settings) + settings.rememberMs;
  };

  it('outlives its retries, and then its time as a dead letter', async () => {
    const options = { retry: { attempts: 2, baseMs: 0, throttledMs: HOUR_MS } };
    const ref = await store(HOUR_MS);
    const apart = await store(HOUR_MS);
    const { host, settled } = await world.consume(options, failing(), { payloads: places });
    const body = { task_id: 'a', intent: 'x', ref: ref.claim };
    await world.plain.publish('work', body, {
      headers: { 'x-swarm-data-claim': apart.claim },
    });
    await host.started(1);
    for (const { claim } of [ref, apart]) {
      expect(await left(claim)).toBeGreaterThan(span(options) - SLACK_MS);
      expect(await left(claim)).toBeLessThan(10 * DAY_MS);
    }
    host.runs[0]?.end({ kind: 'failed', error: { name: 'Error', message: 'no' } });
    await host.started(2);
    expect(host.runs[1]?.items[0]).toMatchObject({ payload: 'kept', data: 'kept' });
    host.runs[1]?.end({ kind: 'failed', error: { name: 'Error', message: 'no' } });
    await settled(2);
    for (const { claim } of [ref, apart]) {
      expect(await left(claim)).toBeGreaterThan(30 * DAY_MS - SLACK_MS);
    }
  });

  it('is not kept for less than was asked, nor for longer than there is need', async () => {
    const long = await store(90 * DAY_MS);
    const short = await store(6 * DAY_MS);
    const options = { queue: 'own', retry: { attempts: 1 }, deadPayloadMs: 0 };
    const { host, settled } = await world.consume(options, failing(), { payloads: places });
    for (const [index, { claim }] of [long, short].entries()) {
      await world.plain.publish('own', { task_id: String(index), intent: 'x', ref: claim });
    }
    await host.started(2);
    for (const run of host.runs)
      run.end({ kind: 'failed', error: { name: 'Error', message: 'no' } });
    await settled(2);
    expect(await left(long.claim)).toBeGreaterThan(90 * DAY_MS - SLACK_MS);
    expect(await left(short.claim)).toBeLessThanOrEqual(6 * DAY_MS);
  });

  it('waits as long as its task stands at a Wait node', async () => {
    const { claim } = await store(HOUR_MS);
    const options = { queue: 'parked', waitLimitMs: 7 * DAY_MS };
    const { host, settled } = await world.consume(options, failing(), { payloads: places });
    await world.plain.publish('parked', { task_id: 'w', intent: 'x', ref: claim });
    await host.started(1);
    host.runs[0]?.end({ kind: 'waiting' });
    const [parked] = await settled(1);
    expect(parked?.verdict.kind).toBe('parked');
    expect(await left(claim)).toBeGreaterThan(7 * DAY_MS + span(options) - SLACK_MS);
  });
});

it('does not hold a task up while PostgreSQL cannot write down that its payload is kept', async () => {
  const [world, server] = await Promise.all([newWorld(), startPostgres()]);
  const { host: at, port, user, password } = server;
  const places = { postgres: postgresSchema.parse({ host: at, port, user, password }) };
  const { claim } = await withPayloads(places, 'postgres', (payloads) =>
    payloads.deposit({ kind: 'json', value: 'kept' }, { ttlMs: HOUR_MS }),
  );
  const { host, event } = await world.consume({}, undefined, { payloads: places });
  const sql = (text: string) => psql(server, 'postgres', text);
  const locking = sql(`SELECT pg_notify('locked', ''), pg_sleep(60)
    FROM (SELECT id FROM agent_swarm_payloads FOR UPDATE) held`).catch(() => undefined);
  const lockers = `SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE c.relname = 'agent_swarm_payloads' AND l.mode = 'RowShareLock' AND l.granted`;
  while ((await sql(lockers)).length === 0);
  const began = performance.now();
  await world.plain.publish('work', { task_id: 'a', intent: 'x', ref: claim });
  await host.started(1);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect((await event('away')).error).toContain(`${claim} was not kept for longer`);
  await sql(`SELECT pg_terminate_backend(pid) FROM (${lockers}) held`);
  await locking;
  await world.end();
  await closeIdleDatabases();
  await server.stop();
});
