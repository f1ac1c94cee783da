import { patiently } from '../../../src/contract/patience';
import { storeSchema, type StoreSettings } from '../../../src/contract/settings';
import { RedisPayloads } from '../../../src/payload/redis';
import { TornError } from '../../../src/store/answers';
import { Store } from '../../../src/store/store';
import { startRedisCluster, type RedisCluster } from '../../support/redisCluster';
import { newWorld, type World } from '../../support/world';
import { expectHeard, GREET, outcome } from './asking';
import { startFlow } from './flow';

jest.setTimeout(60_000);

let world: World;
let cluster: RedisCluster;
let settings: StoreSettings;
let store: Store;

beforeAll(async () => {
  [world, cluster] = await Promise.all([newWorld(), startRedisCluster()]);
  settings = storeSchema.parse({ kind: 'cluster', nodes: cluster.nodes });
  store = await Store.open(settings, 'once');
});
afterAll(async () => {
  store?.close();
  await world?.end();
  await cluster?.stop();
});

/** Told to fail at once when its keys lie apart. */
const EACH = { ...GREET, name: 'testEach', each: true };

const keys = (tag: string, ...names: string[]) => names.map((name) => `test:{${tag}}:${name}`);

/** Index of a node that does not have the slot of a key. */
const another = async (key: string) => ((await cluster.ownerOf(key)) + 1) % 3;

test('tasks flow on while the slot of their queue moves to another node: each ends once', async () => {
  const flow = await startFlow(world, settings);
  await flow.publish(100);
  await flow.ended(50);
  const target = await another(flow.key);
  const move = await cluster.move(flow.key, target);
  // New tasks are made on one node while earlier ones still lie on the other.
  await flow.publish(100);
  await flow.ended(200);
  expect(await move.finish()).toBeGreaterThan(0);
  await flow.publish(100);
  await flow.ended(300);
  expect(await cluster.ownerOf(flow.key)).toBe(target);
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
});

test('what is said on any node is heard', async () => {
  const speakers = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((tag) => keys(tag, 'x'));
  const owners = new Set(await Promise.all(speakers.map((key) => cluster.ownerOf(key))));
  expect(owners.size).toBe(3);
  for (const key of speakers) {
    await expectHeard(store, key, () => store.run(GREET, [key], ['hello', key]));
  }
});

describe('while a slot moves', () => {
  test('a script over two keys waits until they are together again; one for each waits for nothing', async () => {
    const [there = '', fresh = ''] = keys('torn', 'there', 'fresh');
    await store.run(GREET, [there], ['hello', '-']);
    const move = await cluster.move(there, await another(there));
    await store.run(GREET, [fresh], ['hello', '-']);
    const both = outcome(store.run(GREET, [there, fresh], ['bye', '-']));
    // Twice, so that the first of the others would have given up as well.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const each = await outcome(store.run(EACH, [there, fresh], ['bye', '-']));
      expect(each.error).toBeInstanceOf(TornError);
      expect(each.ms).toBeLessThan(2500);
    }
    await move.finish();
    expect(await both).toMatchObject({ answer: 'bye' });
  });

  test('payloads are stored and loaded', async () => {
    const payload = { kind: 'json', value: { n: 1 } } as const;
    const { claim } = await new RedisPayloads(store).deposit(payload);
    const key = store.keys.claim(claim.slice('claim:'.length));
    const source = await cluster.ownerOf(key);
    const move = await cluster.move(key, (source + 1) % 3);
    expect(await new RedisPayloads(store).redeem(claim)).toMatchObject({
      kind: 'redeemed',
      payload,
    });
    await cluster.plain[source]?.migrate(
      '127.0.0.1',
      cluster.nodes[(source + 1) % 3]?.port ?? 0,
      key,
      0,
      5000,
    );
    expect(await new RedisPayloads(store).redeem(claim)).toMatchObject({
      kind: 'redeemed',
      payload,
    });
    await move.finish();
    expect(await new RedisPayloads(store).redeem(claim)).toMatchObject({
      kind: 'redeemed',
      payload,
    });
  });

  test('a target that dies fails calls, and nothing else; they work when it is back', async () => {
    const [there = '', fresh = ''] = keys('dead', 'there', 'fresh');
    await store.run(GREET, [there], ['hello', '-']);
    const target = await another(there);
    await cluster.move(there, target);
    const server = cluster.servers[target];
    await server?.kill();
    const all = Array.from({ length: 20 }, (_, index) =>
      outcome(store.run(GREET, [`${fresh}${index}`], ['hello', '-'])),
    );
    for (const { error, ms } of await Promise.all(all)) {
      expect(error).toMatchObject({ name: 'UnavailableError' });
      expect(ms).toBeLessThan(3000);
    }
    await server?.start();
    const again = () => store.run(GREET, [fresh], ['hello', '-']);
    expect(await patiently(again)).toBe('hello');
  });
});

test('tasks flow on when the node that holds them is killed and comes back empty', async () => {
  const flow = await startFlow(world, settings);
  await flow.publish(50);
  await flow.ended(20);
  const server = cluster.servers[await cluster.ownerOf(flow.key)];
  await server?.kill();
  await flow.publish(50);
  await flow.running.event('away', ({ what }) => what === 'store');
  await server?.start();
  await flow.ended(100);
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
});
