import { brokerSchema, storeSchema } from '../../../src/contract/settings';
import { closeIdlePublishers } from '../../../src/broker/pool';
import { closeIdleStores, withStore } from '../../../src/store/pool';
import { sayPatiently } from '../../../src/word/say';
import { readToken } from '../../../src/word/token';
import { connectPlainBroker } from '../../support/plainBroker';
import { connectPlainStore } from '../../support/plainStore';
import { evaluate } from '../../support/rabbitMqConsole';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis, type RedisServer } from '../../support/redis';
import { startConsumer, TestHost } from '../../support/world';

/** Servers of their own: these tests take them away. */
jest.setTimeout(120_000);

let rabbit: RabbitMq;
let redis: RedisServer;
beforeAll(async () => {
  [rabbit, redis] = await Promise.all([startRabbitMq(), startRedis({ appendOnly: true })]);
});
afterAll(async () => {
  await closeIdlePublishers();
  await closeIdleStores();
  await rabbit?.stop();
  await redis?.stop();
});

const servers = () => ({
  broker: brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] }),
  store: storeSchema.parse({ kind: 'standalone', host: redis.host, port: redis.port }),
});
const task = (id: string) => ({ task_id: id, intent: 'x' });
const forever = () => new TestHost(() => undefined);

test('started by n8n itself with both servers down, it consumes when they are there', async () => {
  await rabbit.kill();
  await redis.kill();
  const running = await startConsumer(servers(), { queue: 'patient' }, new TestHost(), {
    patience: 'endless',
  });
  await running.event('away');
  await redis.start();
  await rabbit.start();
  await running.event('ready');
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.publish('patient', task('a'), { messageId: 'a' });
  expect((await running.settled(1))[0]?.verdict).toEqual({ kind: 'done' });
  await running.close();
  await plain.close();
});

test('tells in the words of the broker why it ended the connection while the queue was made', async () => {
  const erlang = (expression: string) => evaluate(rabbit.node.consolePort, expression);
  // What makes quorum queues is asked, and does not answer.
  const maker = 'whereis(ra_server_sup_sup)';
  await erlang(`sys:suspend(${maker})`);
  const starting = startConsumer(servers(), { queue: 'slow' }, new TestHost());
  const told = expect(starting).rejects.toThrow(/closed the connection: .*full of work/);
  const asked = `{_, Asked} = process_info(${maker}, message_queue_len), Asked > 0`;
  while ((await erlang(asked)) !== 'true');
  // It ends its channels before it says so, and they wait for that maker.
  const close = 'rabbit_networking:close_connection(Pid, "full of work")';
  await erlang(`[spawn(fun() -> ${close} end) || Pid <- rabbit_networking:connections()]`);
  await erlang(`sys:resume(${maker})`);
  await told;
});

test('after a broker restart it consumes again; the run that was alive is not run twice', async () => {
  const host = forever();
  const running = await startConsumer(servers(), { queue: 'restart' }, host);
  const before = await connectPlainBroker(rabbit.url, rabbit.node);
  await before.publish('restart', task('a'), { messageId: 'a' });
  await host.started(1);
  await rabbit.restart();
  await running.event('ready', ({ epoch }) => epoch > 2);
  await running.event('held', ({ key }) => key === 'a');
  host.runs[0]?.end({ kind: 'succeeded' });
  const ends = (await running.settled(2)).map(({ verdict }) => verdict.kind);
  expect(ends.sort()).toEqual(['done', 'dropped']);
  expect(host.runs).toHaveLength(1);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.waitForDepth('restart', 0);
  await plain.waitForUnacked('restart', 0);
  await running.close();
  await plain.close();
});

test('a queue that is deleted is made again, and consumed', async () => {
  const running = await startConsumer(servers(), { queue: 'deleted' }, new TestHost());
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.channel.deleteQueue('deleted');
  const { epoch } = await running.event('ready');
  await running.event('canceled');
  await running.event('ready', (again) => again.epoch > epoch);
  await plain.publish('deleted', task('a'), { messageId: 'a' });
  expect((await running.settled(1))[0]?.verdict).toEqual({ kind: 'done' });
  await running.close();
  await plain.close();
});

test('while Redis is away tasks run without it where that is asked for, and failures still come back', async () => {
  let fail = true;
  const host = new TestHost(() => {
    const end = fail
      ? ({ kind: 'failed', error: { name: 'Error', message: 'no' } } as const)
      : ({ kind: 'succeeded' } as const);
    fail = false;
    return end;
  });
  const options = {
    queue: 'bold',
    ifStoreAway: 'run',
    retry: { baseMs: 200, attempts: 2 },
  } as const;
  const running = await startConsumer(servers(), options, host);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await redis.kill();
  await plain.publish('bold', task('a'), { messageId: 'a' });
  const [first, second] = await running.settled(2);
  expect(first?.verdict).toMatchObject({ kind: 'retried', copy: { attempt: 2 } });
  expect(second).toMatchObject({ messageId: 'a', verdict: { kind: 'done' } });
  expect(host.runs.map(({ items }) => items[0]?.swarm.attempt)).toEqual([1, 2]);
  fail = true;
  await plain.publish('bold', task('b'), { messageId: 'b', headers: { 'x-swarm-attempt': 2 } });
  expect((await running.settled(3))[2]?.verdict).toEqual({
    kind: 'dead',
    reason: 'attempts_used_up',
  });
  expect(await plain.take('bold.dead', 1)).toHaveLength(1);
  await redis.start();
  // With the store back, tasks are guarded again.
  await plain.publish('bold', task('c'), { messageId: 'c' });
  await running.settled(4);
  await plain.publish('bold', task('c'), { messageId: 'd' });
  expect((await running.settled(5))[4]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
  await running.close();
  await plain.close();
});

test('while Redis is away nothing runs and nothing is acked; then each task runs once', async () => {
  const host = new TestHost();
  const running = await startConsumer(servers(), { queue: 'storeless' }, host);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await redis.kill();
  await Promise.all(
    ['a', 'b', 'c'].map((id) => plain.publish('storeless', task(id), { messageId: id })),
  );
  await running.event('away', ({ what }) => what === 'store');
  expect(host.runs).toHaveLength(0);
  expect(await plain.unacked('storeless')).toBe(3);
  await redis.start();
  await running.settled(3);
  expect(host.runs).toHaveLength(3);
  await running.close();
  await plain.close();
});

test('an end that Redis was away for is written when it is back, and only then acked', async () => {
  const host = forever();
  const running = await startConsumer(servers(), { queue: 'end' }, host);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.publish('end', task('a'), { messageId: 'a' });
  await host.started(1);
  await redis.kill();
  host.runs[0]?.end({ kind: 'succeeded' });
  await running.event('away', ({ what }) => what === 'store');
  expect(await plain.unacked('end')).toBe(1);
  await redis.start();
  expect((await running.settled(1))[0]?.verdict).toEqual({ kind: 'done' });
  const keys = await connectPlainStore(redis.url, 'swarm');
  const states = await Promise.all((await keys.tasks()).map((key) => keys.hash(key)));
  expect(states.every(({ state }) => state === 'done')).toBe(true);
  await plain.waitForUnacked('end', 0);
  await running.close();
  await keys.close();
  await plain.close();
});

test('a Redis that lost its data learns the live tasks again, so a copy does not run', async () => {
  const host = forever();
  const running = await startConsumer(servers(), { queue: 'amnesia', leaseMs: 1500 }, host);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.publish('amnesia', task('a'), { messageId: 'a' });
  await host.started(1);
  await redis.restart({ keepData: false });
  const keys = await connectPlainStore(redis.url, 'swarm');
  for (let known: string[] = []; known.length === 0;) known = await keys.tasks();
  await plain.publish('amnesia', task('a'), { messageId: 'b' });
  expect((await running.settled(1))[0]?.verdict).toEqual({ kind: 'dropped', state: 'live' });
  host.runs[0]?.end({ kind: 'succeeded' });
  await running.settled(2);
  expect(host.runs).toHaveLength(1);
  await running.close();
  await keys.close();
  await plain.close();
});

test('a word said while Redis is away is recorded when it is back', async () => {
  const host = forever();
  const running = await startConsumer(servers(), { queue: 'say' }, host);
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.publish('say', task('said'), { messageId: 'said' });
  await host.started(1);
  const token = readToken(host.runs[0]?.items[0]?.swarm.delivery);
  if (token.test) throw new Error('the token of a test');
  await redis.kill();
  let failed = () => {};
  const refused = new Promise<void>((resolve) => (failed = resolve));
  const said = sayPatiently(
    (act) =>
      withStore(servers().store, act).catch((error: unknown) => {
        failed();
        throw error;
      }),
    token,
    { kind: 'dead_letter', message: 'unfit' },
  );
  await refused;
  await redis.start();
  expect(await said).toEqual({ recorded: true });
  host.runs[0]?.end({ kind: 'succeeded' });
  expect((await running.settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'dead_lettered' });
  await running.close();
  await plain.close();
});
