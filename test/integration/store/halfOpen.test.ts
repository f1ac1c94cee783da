import { storeSchema, type StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { startRedis, type RedisServer } from '../../support/redis';
import { startRedisCluster, type RedisCluster } from '../../support/redisCluster';
import { newWorld, type World } from '../../support/world';
import { expectHeard, GREET } from './asking';
import { startFlow } from './flow';

jest.setTimeout(60_000);

const HOST = '127.0.0.1';

let world: World;
let redis: RedisServer;
let cluster: RedisCluster;
let proxies: FaultProxy[];

beforeAll(async () => {
  [world, redis, cluster] = await Promise.all([newWorld(), startRedis(), startRedisCluster()]);
  const servers = [redis, ...cluster.servers];
  proxies = await Promise.all(servers.map(({ port }) => startFaultProxy({ port })));
});
afterAll(async () => {
  await world?.end();
  await Promise.all((proxies ?? []).map((proxy) => proxy.stop()));
  await redis?.stop();
  await cluster?.stop();
});

interface Path {
  readonly settings: StoreSettings;
  readonly through: readonly FaultProxy[];
  /** Says something on a channel, past the proxies. */
  speak(): Promise<unknown>;
  close(): void;
}

async function toOneServer(): Promise<Path> {
  const [proxy] = proxies as [FaultProxy];
  const settings = (port: number) => storeSchema.parse({ kind: 'standalone', host: HOST, port });
  const speaker = await Store.open(settings(redis.port), 'once');
  return {
    settings: settings(proxy.port),
    through: [proxy],
    speak: () => speaker.run(GREET, [speaker.keys.claim('a')], ['hello', 'channel']),
    close: () => speaker.close(),
  };
}

/** The nodes tell the addresses of their proxies to whoever asks for the slots. */
async function toCluster(): Promise<Path> {
  const through = proxies.slice(1);
  for (const [index, { port }] of through.entries()) {
    await cluster.plain[index]?.config('SET', 'cluster-announce-port', port);
  }
  for (const node of cluster.plain) {
    const told = async () => String(await node.cluster('SLOTS'));
    for (const { port } of through) while (!(await told()).includes(String(port)));
  }
  const nodes = through.map(({ port }) => ({ host: HOST, port }));
  return {
    settings: storeSchema.parse({ kind: 'cluster', nodes }),
    through,
    speak: async () => await cluster.plain[0]?.publish('channel', 'hello'),
    close: () => undefined,
  };
}

async function loseNetwork({ settings, through, speak }: Path): Promise<void> {
  const listener = await Store.open(settings, 'once');
  await expectHeard(listener, 'channel', speak);
  const flow = await startFlow(world, settings);
  await flow.publish(5);
  await flow.ended(5);

  through.forEach((proxy) => proxy.halfOpen());
  const goneAt = performance.now();
  const passed = () => performance.now() - goneAt;
  // Connections that lived through it stay deaf; new ones work.
  await Promise.all(through.map((proxy) => proxy.open()));
  await flow.publish(5);
  await flow.ended(10);
  expect(passed()).toBeGreaterThan(9000);
  expect(passed()).toBeLessThan(13_000);
  await expectHeard(listener, 'channel', speak, 23_000 - passed());
  await flow.expectEachDoneOnce();
  await flow.close();
  listener.close();
}

test('a network that is gone is noticed by calls in about ten seconds, and by who only listens in about twenty', async () => {
  const paths = await Promise.all([toOneServer(), toCluster()]);
  await Promise.all(paths.map(loseNetwork));
  paths.forEach((path) => path.close());
});
