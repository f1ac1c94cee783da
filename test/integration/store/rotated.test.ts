import { EventEmitter, once } from 'node:events';
import { Redis } from 'ioredis';

import { patiently } from '../../../src/contract/patience';
import { storeSchema, type StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { startRedis } from '../../support/redis';
import { startRedisCluster } from '../../support/redisCluster';
import { startSentinelSet } from '../../support/redisSentinel';
import { expectHeard, GREET, outcome } from './asking';

jest.setTimeout(60_000);

interface Locked {
  readonly settings: StoreSettings;
  /** Changes every password from `old` to `new`, and ends all connections. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** A connection that is let in already stays so. */
function admin(port: number): Redis {
  return new Redis(port, HOST, { password: 'old', retryStrategy: () => null });
}

async function lockNew(redis: Redis): Promise<void> {
  await redis.config('SET', 'masterauth', 'new', 'requirepass', 'new');
}

async function endAll(redis: Redis): Promise<void> {
  await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.client('KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
  redis.disconnect();
}

async function alone(): Promise<Locked> {
  const redis = await startRedis({ args: ['--requirepass', 'old'] });
  const { port, stop } = redis;
  const given = { kind: 'standalone', host: HOST, port, password: 'old' };
  return {
    settings: storeSchema.parse(given),
    async rotate() {
      const plain = admin(port);
      await lockNew(plain);
      await endAll(plain);
    },
    stop,
  };
}

async function watched(): Promise<Locked> {
  const set = await startSentinelSet({ password: 'old', sentinelPassword: 'old' });
  const { sentinels, servers, stop } = set;
  const passwords = { password: 'old', sentinelPassword: 'old' };
  return {
    settings: storeSchema.parse({ kind: 'sentinel', sentinels, ...passwords }),
    async rotate() {
      const plain = servers.map(({ port }) => admin(port));
      await Promise.all(plain.map(lockNew));
      for (const { port } of sentinels) {
        const sentinel = admin(port);
        await sentinel.call('SENTINEL', 'SET', set.name, 'auth-pass', 'new');
        await sentinel.call('ACL', 'SETUSER', 'default', 'resetpass', '>new');
        sentinel.disconnect();
      }
      await Promise.all(plain.map(endAll));
    },
    stop,
  };
}

async function spread(): Promise<Locked> {
  const cluster = await startRedisCluster();
  for (const plain of cluster.plain) {
    await plain.config('SET', 'requirepass', 'old');
    await plain.auth('old');
  }
  const { nodes, stop } = cluster;
  return {
    settings: storeSchema.parse({ kind: 'cluster', nodes, password: 'old' }),
    async rotate() {
      await Promise.all(cluster.plain.map(lockNew));
      await Promise.all(cluster.plain.map(endAll));
    },
    stop,
  };
}

/** The credential with every password as it is now. */
function withPassword(settings: StoreSettings, password: string): StoreSettings {
  return settings.kind === 'sentinel'
    ? { ...settings, password, sentinelPassword: password }
    : { ...settings, password };
}

test.each([
  ['one server', alone],
  ['a primary with Sentinels', watched],
  ['a Cluster', spread],
])(
  'a changed password of %s is read again, at most once a second, until it is right',
  async (_what, start) => {
    const locked = await start();
    const { settings } = locked;
    const reads = new EventEmitter();
    const readAt: number[] = [];
    let current = 'old';
    const reread = async () => {
      readAt.push(performance.now());
      reads.emit('read');
      return await Promise.resolve(withPassword(settings, current));
    };
    const store = await Store.open(settings, 'once', { reread });
    const greet = () => store.run(GREET, [store.keys.claim('a')], ['hello', 'channel']);
    await expectHeard(store, 'channel', greet);

    await locked.rotate();
    const { error } = await outcome(greet());
    expect(error).toMatchObject({ code: 'login_refused' });
    while (readAt.length < 3) await once(reads, 'read');
    const gaps = readAt.slice(1).map((at, index) => at - (readAt[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);

    current = 'new';
    const changedAt = performance.now();
    expect(await patiently(greet, { refused: 'wait' })).toBe('hello');
    expect(performance.now() - changedAt).toBeLessThan(4000);
    await expectHeard(store, 'channel', greet);
    store.close();
    await locked.stop();
  },
);
