import { storeSchema, type StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { connectPlainStore, type PlainStore } from '../../support/plainStore';
import { startRedis, type RedisServer } from '../../support/redis';
import { expectHeard, GREET, outcome } from './asking';

jest.setTimeout(60_000);

/** Two servers, and an address that leads to one of them: what a name or a virtual address does. */
let one: RedisServer;
let two: RedisServer;
let target: { port: number };
let address: FaultProxy;
let settings: StoreSettings;
let plain: PlainStore[];

beforeAll(async () => {
  one = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  // It has one database only.
  two = await startRedis({ args: ['--databases', '1'] });
  target = { port: one.port };
  address = await startFaultProxy(target);
  const { host, port } = address;
  settings = storeSchema.parse({ kind: 'standalone', host, port });
  plain = await Promise.all([connectPlainStore(one.url), connectPlainStore(two.url)]);
});
afterEach(() => {
  target.port = one.port;
  address.cut();
});
afterAll(async () => {
  await Promise.all((plain ?? []).map((store) => store.close()));
  await address?.stop();
  await one?.stop();
  await two?.stop();
});

test('a primary that became a replica is left at its first refusal, for whom the address leads to now', async () => {
  const store = await Store.open(settings, 'once');
  const greet = () => store.run(GREET, [store.keys.claim('a')], ['hello', 'channel']);
  await expectHeard(store, 'channel', greet);
  await plain[0]?.redis.replicaof('127.0.0.1', two.port);
  // The connection itself stays.
  target.port = two.port;
  const { error } = await outcome(greet());
  expect(error).toMatchObject({
    name: 'UnavailableError',
    message: expect.stringMatching(/is a replica/),
  });
  expect(await greet()).toBe('hello');
  expect(await plain[1]?.redis.get(store.keys.claim('a'))).toBe('hello');
  store.close();
  await plain[0]?.redis.replicaof('NO', 'ONE');
});

test('a server without the database is not worked on, after a reconnect no more than at first', async () => {
  const store = await Store.open({ ...settings, database: 3 } as StoreSettings, 'once');
  target.port = two.port;
  address.cut();
  const { error } = await outcome(store.run(GREET, [store.keys.claim('b')], ['hello', '-']));
  expect(error).toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(/has no database 3/),
  });
  expect(await plain[1]?.redis.exists(store.keys.claim('b'))).toBe(0);
  target.port = one.port;
  address.cut();
  expect(await store.run(GREET, [store.keys.claim('b')], ['hello', '-'])).toBe('hello');
  store.close();
});
