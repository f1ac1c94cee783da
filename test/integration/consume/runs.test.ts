import { RedisPayloads } from '../../../src/payload/redis';
import { Store } from '../../../src/store/store';
import { NO_RETRY, TestHost, newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

const publish = (ids: string[]) =>
  Promise.all(
    ids.map((id) => world.plain.publish('work', { task_id: id, intent: 'x' }, { messageId: id })),
  );
const ids = (run: TestHost['runs'][number] | undefined) => run?.items.map(({ task_id }) => task_id);

describe('batches', () => {
  test('deliveries share a run up to the batch size, and what is left goes after the wait', async () => {
    const { host, settled } = await world.consume({ prefetch: 10, batchSize: 4, batchWaitMs: 50 });
    await publish(['1', '2', '3', '4', '5', '6']);
    await settled(6);
    expect(host.runs.flatMap((run) => ids(run)).sort()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(Math.max(...host.runs.map(({ items }) => items.length))).toBeLessThanOrEqual(4);
  });

  test('of a batch that failed as a whole each runs again alone, and only the bad one is dead', async () => {
    const host = new TestHost((items) =>
      items.some(({ task_id }) => task_id === '2')
        ? { kind: 'failed', error: { name: 'Error', message: 'two is bad' } }
        : { kind: 'succeeded' },
    );
    const { settled } = await world.consume(
      { batchSize: 3, batchWaitMs: 60_000, ...NO_RETRY },
      host,
    );
    await publish(['1', '2', '3']);
    const verdicts = (await settled(3)).map(({ messageId, verdict }) => [messageId, verdict.kind]);
    expect(Object.fromEntries(verdicts)).toEqual({ 1: 'done', 2: 'dead', 3: 'done' });
    expect(host.runs.map(({ items }) => items.length)).toEqual([3, 1, 1, 1]);
    expect(host.runs.flatMap(({ items }) => items.map(({ swarm }) => swarm.attempt))).toEqual(
      Array(6).fill(1),
    );
  });
});

test('a silent run is given up at the run limit, and its slot serves the next', async () => {
  const { host, settled } = await world.consume(
    { prefetch: 1, runLimitMs: 1000, ...NO_RETRY },
    new TestHost((items) => (items[0]?.task_id === 'silent' ? undefined : { kind: 'succeeded' })),
  );
  await publish(['silent']);
  await host.started(1);
  await publish(['next']);
  const [first, second] = await settled(2);
  expect(first?.verdict).toEqual({ kind: 'dead', reason: 'run_limit' });
  expect(second?.verdict).toEqual({ kind: 'done' });
});

test('a run that succeeds after the run limit still counts', async () => {
  const { host, settled } = await world.consume(
    { runLimitMs: 1000, ...NO_RETRY },
    new TestHost(() => undefined),
  );
  await publish(['late']);
  await host.started(1);
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'run_limit' });
  host.runs[0]?.end({ kind: 'succeeded' });
  const [key] = await world.keys.tasks();
  for (let state: string | undefined; state !== 'done';) {
    ({ state } = await world.keys.hash(key as string));
  }
});

test('a stopped run is dead-lettered as stopped', async () => {
  const { settled } = await world.consume(
    {},
    new TestHost(() => ({ kind: 'stopped', error: { name: 'Error', message: 'canceled' } })),
  );
  await publish(['a']);
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'run_stopped' });
});

test('a deadline that passed is dead-lettered without a run', async () => {
  const { host, settled } = await world.consume({});
  await world.plain.publish('work', {
    task_id: 'late',
    intent: 'x',
    deadline: '2020-01-01T00:00:00Z',
  });
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'deadline_passed' });
  expect(host.runs).toHaveLength(0);
});

describe('claims', () => {
  test('the payload behind ref comes with the item, and data kept apart is put back', async () => {
    const store = await Store.open(world.store, 'once');
    const payload = await new RedisPayloads(store).deposit({
      kind: 'json',
      value: { text: 'hello' },
    });
    const data = await new RedisPayloads(store).deposit({ kind: 'json', value: { large: true } });
    store.close();
    const { host, settled } = await world.consume({});
    await world.plain.publish(
      'work',
      { task_id: 'a', intent: 'x', ref: payload.claim },
      { headers: { 'x-swarm-data-claim': data.claim } },
    );
    await settled(1);
    expect(host.runs[0]?.items[0]).toMatchObject({
      ref: payload.claim,
      payload: { text: 'hello' },
      data: { large: true },
    });
  });

  test('one that is gone is dead-lettered, naming it', async () => {
    const { settled } = await world.consume({});
    const ref = 'claim:00000000-0000-4000-8000-000000000000';
    await world.plain.publish('work', { task_id: 'a', intent: 'x', ref });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'payload_missing' });
    const [letter] = await world.plain.take('work.dead', 1);
    expect(String(letter?.headers['x-swarm-failure'])).toContain(ref);
  });
});

describe('closing', () => {
  test('waits for its runs, and acks them', async () => {
    const { host, close, happened } = await world.consume(
      { drainMs: 5000 },
      new TestHost(() => undefined),
    );
    await publish(['a']);
    await host.started(1);
    const closed = close();
    host.runs[0]?.end({ kind: 'succeeded' });
    await closed;
    expect(happened.at(-1)).toMatchObject({
      name: 'settled',
      event: { verdict: { kind: 'done' } },
    });
    await world.plain.waitForConsumers('work', 0);
    expect((await world.plain.depth('work')).ready).toBe(0);
  });

  test('hands back what never began, and another consumer takes it at once without a crash counted', async () => {
    const first = await world.consume({ batchSize: 10, batchWaitMs: 60_000, leaseMs: 60_000 });
    await publish(['a']);
    for (let seen: string[] = []; seen.length === 0;) seen = await world.keys.tasks();
    await first.close();
    const second = await world.consume({});
    expect((await second.settled(1))[0]?.verdict).toEqual({ kind: 'done' });
    const [key] = await world.keys.tasks();
    expect(await world.keys.hash(key as string)).toMatchObject({ crashes: '0' });
  });

  test('after the drain time a live run goes on, and its end is written', async () => {
    const first = await world.consume({ drainMs: 0 }, new TestHost(() => undefined));
    await publish(['a']);
    await first.host.started(1);
    await first.close();
    await first.close();
    await world.plain.waitForDepth('work', 1);
    first.host.runs[0]?.end({ kind: 'succeeded' });
    const second = await world.consume({});
    expect((await second.settled(1))[0]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
  });
});
