import { Budgets } from '../../../src/budget/budgets';
import { withStore } from '../../../src/store/pool';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { connectPlainStore } from '../../support/plainStore';
import { startRedis, type RedisServer } from '../../support/redis';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';
import { watching, type Watching, type WatchOptions } from './monitorWorld';

let world: World;
const open: Watching[] = [];
const watch = (options: WatchOptions = {}) => {
  const made = watching(world, options);
  open.push(made);
  return made;
};
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await world.end();
});

const send = (task_id: string, more: object = {}) =>
  world.plain.publish('work', { task_id, intent: 'x' }, { messageId: task_id, ...more });

describe('two processes that watch tell once each', () => {
  test('that nobody consumes, and that somebody does again', async () => {
    const first = await world.consume({});
    await first.close();
    const seen = watch();
    await seen.looked(3);
    expect(seen.said).toEqual([]);
    await send('a');
    const began = await seen.told('began no_consumers work');
    expect(began).toMatchObject({ value: 0, limit: 1, vhost: world.broker.vhost, ended_at: null });
    await world.consume({});
    const ended = await seen.told('ended no_consumers work');
    expect(ended.began_at).toBe(began.began_at);
    expect(ended.lasted_seconds).toBe(
      (Date.parse(ended.ended_at ?? '') - Date.parse(began.began_at)) / 1000,
    );
    await seen.looked(5);
    expect(seen.said).toEqual(['began no_consumers work', 'ended no_consumers work']);
  });

  test('that tasks gave up, again when another does, and that none came for a while', async () => {
    await world.consume(NO_RETRY);
    const seen = watch({ quietMs: 500 });
    await world.plain.publish('work', 'poison');
    expect(await seen.told('began dead_letters work')).toMatchObject({ value: 1 });
    await seen.told('ended dead_letters work');
    expect((await world.plain.depth('work.dead')).ready).toBe(1);
    await world.plain.publish('work', 'more poison');
    await world.plain.waitForDepth('work.dead', 2);
    await seen.looked(2);
    expect(seen.said).toEqual([
      'began dead_letters work',
      'ended dead_letters work',
      'began dead_letters work',
    ]);
    await world.plain.drain('work.dead');
    await seen.looked(20);
    expect(seen.said.slice(3)).toEqual(['ended dead_letters work']);
  });

  test('that too many wait, that they are old, and that nothing moves', async () => {
    const host = new TestHost(([item]) =>
      item?.task_id === 'stuck' ? undefined : { kind: 'succeeded' },
    );
    const { settled } = await world.consume({ prefetch: 1 }, host);
    const seen = watch({ depth: 2, ageMs: 5000, stalledMs: 300 });
    const timestamp = Math.floor(Date.now() / 1000) - 10;
    await send('stuck', { timestamp });
    await host.started(1);
    for (const id of ['a', 'b', 'c']) await send(id, { timestamp });
    expect(await seen.told('began depth work')).toMatchObject({ value: 3, limit: 2 });
    expect((await seen.told('began age work')).value).toBeGreaterThan(9);
    expect(await seen.told('began stalled work')).toMatchObject({ value: 3 });
    host.runs[0]?.end({ kind: 'succeeded' });
    await settled(4);
    for (const what of ['depth', 'age', 'stalled']) await seen.told(`ended ${what} work`);
    await seen.looked(3);
    expect([...seen.said].sort()).toEqual([
      ...['began age work', 'began depth work', 'began stalled work'],
      ...['ended age work', 'ended depth work', 'ended stalled work'],
    ]);
  });

  test('that a budget is blocked and used up', async () => {
    const seen = watch({ fullMs: 0 });
    await withStore(world.store, async (store) => {
      const budgets = new Budgets(store);
      await budgets.create('gpt', { day: { requests: 10 } }, { ifThere: 'keep', isNew: true });
      await budgets.block('gpt', 60_000);
      expect(await seen.told('began budget_blocked gpt')).toMatchObject({ of: 'budget' });
      await budgets.switch('gpt', 'unblock');
      await seen.told('ended budget_blocked gpt');
      await budgets.reserve('gpt', { id: 'all', requests: 10 });
      expect(await seen.told('began budget_used_up gpt')).toMatchObject({ value: 100, limit: 90 });
      await budgets.create('gpt', { day: { requests: 100 } }, { ifThere: 'update' });
      expect(await seen.told('ended budget_used_up gpt')).toMatchObject({ value: 10 });
    });
    await seen.looked(3);
    expect(seen.said).toHaveLength(4);
  });
});

test('a queue that was deleted is in no trouble any more', async () => {
  const consumer = await world.consume({});
  await consumer.close();
  await send('a');
  const seen = watch({ depth: 0 });
  await seen.told('began depth work');
  await world.plain.channel.deleteQueue('work');
  expect((await seen.told('ended depth work')).text).toContain('is no longer there');
  await seen.told('ended no_consumers work');
});

describe('servers that go away', () => {
  let proxy: FaultProxy | undefined;
  let redis: RedisServer | undefined;
  afterEach(async () => {
    await proxy?.stop();
    await redis?.stop();
    [proxy, redis] = [undefined, undefined];
  });

  const gone = async () => {
    await proxy?.close();
    proxy?.cut();
  };

  test('RabbitMQ: what is not known meanwhile neither begins nor ends', async () => {
    const consumer = await world.consume({});
    proxy = await startFaultProxy({ port: world.broker.hosts[0]?.port ?? 0 });
    const broker = { ...world.broker, hosts: [{ host: '127.0.0.1', port: proxy.port }] };
    const seen = watch({ broker });
    await consumer.close();
    await send('a');
    await seen.told('began no_consumers work');
    await gone();
    const began = await seen.told('began rabbitmq_away rabbitmq');
    expect(began.text).toContain('RabbitMQ cannot be used: No RabbitMQ answers');
    await world.consume({});
    await seen.looked(5);
    expect(seen.said).toHaveLength(2);
    await proxy.open();
    await seen.told('ended rabbitmq_away rabbitmq');
    await seen.told('ended no_consumers work');
    await seen.looked(3);
    expect(seen.said).toHaveLength(4);
  });

  test('Redis: told by itself, once also after a restart of who watches; the rest when it is back', async () => {
    redis = await startRedis({ appendOnly: true });
    const store = { ...world.store, host: '127.0.0.1', port: redis.port, password: '' };
    const first = await world.consume({}, undefined, { store });
    await first.close();
    const away = { since: undefined };
    const before = watch({ store, away, mains: 1 });
    await redis.kill();
    await before.told('began redis_away redis');
    await before.close();
    await send('a');
    const after = watch({ store, away, mains: 1 });
    await after.looked(5);
    expect(after.said).toEqual([]);
    await redis.start();
    await after.told('ended redis_away redis');
    await after.told('began no_consumers work');
    await after.looked(3);
    expect(after.said).toHaveLength(2);
    expect(away).toEqual({ since: undefined });
  });
});

const HASH = 'monitor|flow/node';

/** What was handed out and not taken out. */
async function fields(): Promise<string[]> {
  const { redis, prefix } = world.keys;
  const all = await redis.hkeys(`${prefix}:1:{${HASH}}:alarms`);
  return all.filter((field) => field.startsWith('tell:')).sort();
}

/** The 90 s are over in which it had to be taken out. */
async function overdue(): Promise<string[]> {
  const { redis, prefix } = world.keys;
  const all = await fields();
  for (const field of all) {
    const event = (await redis.hget(`${prefix}:1:{${HASH}}:alarms`, field)) ?? '';
    const due = field.includes(':began:') ? '1' : '2';
    await redis.hset(`${prefix}:1:{${HASH}}:alarms`, field, event.replace(/^\d+/, due));
  }
  return all;
}

describe('a Redis that does not do what it should', () => {
  let redis: RedisServer | undefined;
  afterEach(async () => {
    await redis?.stop();
    redis = undefined;
  });
  const own = async () => {
    redis = await startRedis();
    return { ...world.store, host: '127.0.0.1', port: redis.port, password: '' };
  };

  test('takes no writes: it is away', async () => {
    const store = await own();
    const seen = watch({ store, mains: 1 });
    await seen.looked(2);
    const admin = await connectPlainStore(redis?.url ?? '');
    await admin.redis.config('SET', 'min-replicas-to-write', '1');
    expect((await seen.told('began redis_away redis')).text).toContain('NOREPLICAS');
    await admin.redis.config('SET', 'min-replicas-to-write', '0');
    await seen.told('ended redis_away redis');
    await admin.close();
  });

  test('lost its data: what stands stands, and its end is told', async () => {
    const store = await own();
    const consumer = await world.consume({}, undefined, { store });
    await consumer.close();
    await send('a');
    const seen = watch({ store });
    await seen.told('began no_consumers work');
    await redis?.restart();
    await world.consume({}, undefined, { store });
    await seen.told('ended no_consumers work');
    await seen.looked(3);
    expect(seen.said.filter((one) => one.includes('no_consumers'))).toEqual([
      ...['began no_consumers work', 'ended no_consumers work'],
    ]);
  });
});

describe('after a restart', () => {
  test('what stood goes on standing, and its end is told', async () => {
    const consumer = await world.consume({});
    await consumer.close();
    await send('a');
    const before = watch();
    await before.told('began no_consumers work');
    await before.close();
    const after = watch();
    await after.looked(5);
    await world.consume({});
    await after.told('ended no_consumers work');
    await after.looked(3);
    expect(after.said).toEqual(['ended no_consumers work']);
  });

  test('a process that vanished while it told: another tells it again, and once', async () => {
    const consumer = await world.consume({});
    await consumer.close();
    await send('a');
    const vanished = watch({ mains: 1, vanishes: true });
    const lost = await vanished.told('began no_consumers work');
    const others = watch();
    await others.looked(5);
    expect(others.said).toEqual([]);
    const [field = ''] = await overdue();
    expect(field).toMatch(/^tell:\d+:began:no_consumers::work$/);
    expect(await others.told('began no_consumers work')).toEqual(lost);
    await others.looked(3);
    expect(others.said).toHaveLength(1);
    expect(await fields()).toEqual([]);
  });

  test('an end comes after its beginning, also when who told the beginning vanished', async () => {
    const consumer = await world.consume({});
    await consumer.close();
    await send('a');
    await watch({ mains: 1, vanishes: true }).told('began no_consumers work');
    const others = watch({ mains: 1 });
    await world.consume({});
    while ((await fields()).length < 2) await others.looked(1);
    expect(others.said).toEqual([]);
    await overdue();
    await others.told('ended no_consumers work');
    expect(others.said).toEqual(['began no_consumers work', 'ended no_consumers work']);
  });

  test('a start that n8n refused is told again', async () => {
    const consumer = await world.consume({});
    await consumer.close();
    await send('a');
    let refusals = 0;
    const seen = watch({
      mains: 1,
      tell: () => {
        refusals += 1;
        return refusals === 1 ? Promise.reject(new Error('no database')) : Promise.resolve();
      },
    });
    await seen.told('began no_consumers work');
    await seen.looked(2);
    expect(await overdue()).toHaveLength(1);
    while (refusals < 2) await seen.looked(1);
    while ((await fields()).length > 0) await seen.looked(1);
    expect(seen.said).toEqual(['began no_consumers work', 'began no_consumers work']);
  });

  test('nothing of one monitor is known to another', async () => {
    const consumer = await world.consume({});
    await consumer.close();
    await send('a');
    const [one, other] = [watch({ id: 'one' }), watch({ id: 'other' })];
    await one.told('began no_consumers work');
    await other.told('began no_consumers work');
    await Promise.all([one.looked(3), other.looked(3)]);
    expect([one.said, other.said].map(({ length }) => length)).toEqual([1, 1]);
  });
});
