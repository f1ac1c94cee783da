import { ClosedError } from '../../../src/contract/patience';
import { storeSchema } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { startRedis, type RedisServer } from '../../support/redis';
import { newWorld, type World } from '../../support/world';
import { startFlow } from './flow';
import { expectHeard, GREET, outcome } from './asking';

jest.setTimeout(60_000);

let world: World;
let redis: RedisServer;
let proxy: FaultProxy;

beforeAll(async () => {
  [world, redis] = await Promise.all([newWorld(), startRedis()]);
  proxy = await startFaultProxy({ port: redis.port });
});
afterAll(async () => {
  await world?.end();
  await proxy?.stop();
  await redis?.stop();
});

const direct = () => storeSchema.parse({ kind: 'standalone', host: redis.host, port: redis.port });
const proxied = () => storeSchema.parse({ kind: 'standalone', host: proxy.host, port: proxy.port });

test('tasks flow on when Redis is restarted, with its data and without; words are heard again', async () => {
  const flow = await startFlow(world, direct());
  await flow.publish(50);
  await flow.ended(10);
  const restarted = redis.restart({ keepData: true });
  await flow.publish(50);
  await restarted;
  await flow.ended(100);
  const emptied = redis.restart({ keepData: false });
  await flow.publish(50);
  await emptied;
  await flow.ended(150);
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
});

test('tasks flow on when connections are cut again and again', async () => {
  const flow = await startFlow(world, proxied());
  for (let part = 1; part <= 5; part += 1) {
    await flow.publish(40);
    await flow.ended(40 * part - 20);
    proxy.cut();
  }
  await flow.expectHears();
  await flow.expectEachDoneOnce();
  await flow.close();
});

describe('a store', () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open(proxied(), 'once');
  });
  afterEach(() => store.close());

  test('makes a call again whose connection ended under way', async () => {
    const calls = Array.from({ length: 50 }, (_, index) =>
      store.run(GREET, [store.keys.claim(`k${index}`)], ['hello', '-']),
    );
    setImmediate(() => proxy.cut());
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'hello'));
  });

  test('says within about two seconds that it is away, and works when it is back', async () => {
    await proxy.close();
    proxy.cut();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { error, ms } = await outcome(store.ask((client) => client.ping()));
      expect(error).toMatchObject({ name: 'UnavailableError', code: 'unreachable' });
      expect(ms).toBeLessThan(2500);
    }
    const [, back] = await Promise.all([
      proxy.open(),
      outcome(store.ask((client) => client.ping())),
    ]);
    expect(back).toMatchObject({ answer: 'PONG' });
    // Reconnects pause for a second at most.
    expect(back.ms).toBeLessThan(1500);
  });

  test('that is closed ends who waits for it to come back', async () => {
    await proxy.close();
    proxy.cut();
    const waiting = outcome(store.ask((client) => client.ping()));
    setImmediate(() => store.close());
    const { error, ms } = await waiting;
    expect(error).toBeInstanceOf(ClosedError);
    expect(ms).toBeLessThan(1000);
    await proxy.open();
  });

  test('forgets no channel while it is away, and knows its scripts after the server forgot them', async () => {
    const greet = () => store.run(GREET, [store.keys.claim('a')], ['hello', 'channel']);
    const early: string[] = [];
    store.listen('channel', (message) => early.push(message));
    await expectHeard(store, 'channel', greet);
    await redis.restart({ keepData: false });
    early.length = 0;
    await expectHeard(store, 'channel', greet);
    expect(early).toContain('hello');
    await store.ask((client) => client.script('FLUSH'));
    expect(await greet()).toBe('hello');
  });
});
