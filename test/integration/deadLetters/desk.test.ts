import { InputError, RefusedError } from '../../../src/contract/errors';
import { HEADER } from '../../../src/contract/wire';
import { browse, browseWhole, getLetter } from '../../../src/deadLetters/browse';
import { discard } from '../../../src/deadLetters/discard';
import type { WholeLetter } from '../../../src/deadLetters/letter';
import { startFaultProxy } from '../../support/faultProxy';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';
import { DEAD, deskOf, giveUp, QUEUE, replayed, runAll, timesOf, type Lost } from './deskWorld';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

const SOME: Lost[] = [
  { task_id: 'a', tenant: 'red', error: 'No such page' },
  { task_id: 'b', intent: 'extract', error: 'no such file' },
  { task_id: 'unreadable' },
  { task_id: 'c', tenant: 'red', error: 'key is gone' },
];

const many = (count: number): Lost[] =>
  Array.from({ length: count }, (_, at) => ({ task_id: `t${at}`, error: 'no such page' }));

const fresh = () => world.plain.depth(QUEUE);

describe('looking', () => {
  it('tells what each task was and why it gave up, and leaves order and content as they are, however often', async () => {
    await giveUp(world, SOME);
    const desk = deskOf(world);
    const first = await browse(desk, {});
    // A delivery limit of a quorum queue is 20 by default from RabbitMQ 4.0 on.
    for (let look = 0; look < 25; look += 1) {
      expect(await browse(desk, { limit: 1 })).toEqual({
        ...first,
        letters: first.letters.slice(0, 1),
      });
    }
    expect(first).toMatchObject({ looked_at: 4, matched: 4 });
    expect(first.groups).toEqual({
      reason: { run_failed: 3, not_json: 1 },
      intent: { summarise: 2, extract: 1, '': 1 },
      tenant: { red: 2, '': 2 },
      error: { ApiError: 3, 'the body is not JSON': 1 },
    });
    expect(first.letters[0]).toEqual({
      id: expect.any(String),
      queue: QUEUE,
      key: 'a',
      task_id: 'a',
      intent: 'summarise',
      ref: null,
      tenant: 'red',
      group_id: null,
      reason: 'run_failed',
      message: 'No such page',
      error: 'ApiError',
      http_status: 404,
      node: null,
      workflow: 'a test',
      execution: null,
      attempts: [{ at: expect.any(String), error: 'No such page' }],
      first_seen: expect.stringMatching(/Z$/),
      failed_at: expect.stringMatching(/Z$/),
      bytes: expect.any(Number),
    });
    const [whole] = (await browseWhole(desk, { filter: { key: 'a' } })).letters;
    expect(whole).toMatchObject({
      body: { task_id: 'a', intent: 'summarise', tenant: 'red' },
      body_is: 'json',
      stack: 'at a.ts:1',
      headers: { [HEADER.reason]: 'run_failed' },
    });
    expect(await getLetter(desk, first.letters[2]?.id ?? '')).toMatchObject({
      reason: 'not_json',
      task_id: null,
      key: null,
      body: 'no json',
      body_is: 'text',
    });
    expect(await getLetter(desk, 'another')).toBeUndefined();
    const there = await world.plain.drain(DEAD);
    expect(there.map(({ properties }) => properties.messageId as string)).toEqual(
      first.letters.map(({ id }) => id),
    );
    expect(there.map(({ text }) => text)).toEqual(
      SOME.map(({ error, ...task }) =>
        error === undefined ? 'no json' : JSON.stringify({ intent: 'summarise', ...task }),
      ),
    );
  });

  it('keeps the order of many, also when a look ends before the last of them', async () => {
    await giveUp(world, many(40));
    const desk = deskOf(world);
    const names = many(40).map(({ task_id }) => task_id);
    for (const limit of [3, 25, 12, 40]) {
      const { letters } = await browse(desk, { limit, untilLimit: true });
      expect(letters.map(({ key }) => key)).toEqual(names.slice(0, limit));
    }
    const done = await replayed(world, { filter: { error: 'nothing like it' } });
    expect(done).toMatchObject({ looked_at: 40, matched: 0 });
    const there = await world.plain.drain(DEAD);
    expect(there.map(({ body }) => (body as Lost).task_id)).toEqual(names);
  });

  it.each([
    [{ reasons: ['not_json', 'crash_loop'] }, ['unreadable']],
    [{ intent: 'extract' }, ['b']],
    [{ tenant: 'red' }, ['a', 'c']],
    [{ error: 'NO SUCH' }, ['a', 'b']],
    [{ error: 'apierror', tenant: 'red' }, ['a', 'c']],
    [{ key: 'c' }, ['c']],
    [{ newerThanMs: 60_000 }, ['a', 'b', 'unreadable', 'c']],
    [{ olderThanMs: 60_000 }, []],
  ])('finds by %j', async (filter, found) => {
    await giveUp(world, SOME);
    const { letters, matched } = await browse(deskOf(world), { filter });
    expect(letters.map(({ task_id }) => task_id ?? 'unreadable')).toEqual(found);
    expect(matched).toBe(found.length);
  });

  it('says which queue is not there, and which filter cannot be', async () => {
    await expect(browse(deskOf(world, 'nowhere.dead'), {})).rejects.toThrow(RefusedError);
    await expect(browse(deskOf(world), { filter: { olderThanMs: -1 } })).rejects.toThrow(
      InputError,
    );
  });
});

describe('replaying', () => {
  it('sends one again with attempts from zero, and stamps it', async () => {
    await giveUp(world, SOME);
    const [letter] = (await browse(deskOf(world), { filter: { key: 'a' } })).letters;
    const dry = await replayed(world, { filter: { key: 'a' }, dryRun: true });
    expect(dry).toMatchObject({ looked_at: 4, matched: 1, replayed: 0, failed: 0 });
    expect(await fresh()).toMatchObject({ ready: 0 });
    await world.plain.waitForDepth(DEAD, 4);

    const done = await replayed(world, { filter: { ids: [letter?.id ?? ''] } });
    expect(done).toMatchObject({ matched: 1, replayed: 1, failed: 0, problem: null });
    await world.plain.waitForDepth(DEAD, 3);
    const [sent] = await world.plain.drain(QUEUE);
    expect(sent?.text).toBe('{"intent":"summarise","task_id":"a","tenant":"red"}');
    expect(sent?.headers).toMatchObject({
      [HEADER.replays]: letter?.id,
      [HEADER.replayedFrom]: DEAD,
      [HEADER.replayBatch]: done.batch,
      [HEADER.replayedAt]: expect.stringMatching(/Z$/),
    });
    for (const ended of [HEADER.failure, HEADER.reason, HEADER.attempt]) {
      expect(sent?.headers).not.toHaveProperty(ended);
    }
    await world.plain.publish(QUEUE, sent?.content, {
      ...sent?.properties,
      headers: sent?.headers,
    });
    const { settled, items } = await runAll(world);
    await settled(1);
    expect(items()).toMatchObject([{ task_id: 'a', swarm: { attempt: 1 } }]);
  });

  it('sends what fits a filter to another queue, edited; what the edit does not fit stays', async () => {
    await giveUp(world, SOME);
    const { settled, items } = await runAll(world, 'slow');
    const done = await replayed(world, {
      to: 'slow',
      edit: { ref: 'pg:pages/7', tenant: null, data: { depth: { most: 2 } } },
    });
    expect(done).toMatchObject({ matched: 4, replayed: 3, failed: 1 });
    expect(done.problem).toMatch(/^Edit: makes no task: task_id: .*Give task_id as well\.$/);
    expect(done.groups.reason).toEqual({ run_failed: 3 });
    await settled(3);
    expect(items().map(({ task_id, ref, tenant, data }) => [task_id, ref, tenant, data])).toEqual(
      ['a', 'b', 'c'].map((id) => [id, 'pg:pages/7', null, { depth: { most: 2 } }]),
    );
    const { letters } = await browse(deskOf(world), {});
    expect(letters.map(({ reason }) => reason)).toEqual(['not_json']);
  });

  it('two at once send nothing twice', async () => {
    await giveUp(world, many(60));
    const [one, two] = await Promise.all([replayed(world, {}), replayed(world, {})]);
    expect((one?.replayed ?? 0) + (two?.replayed ?? 0)).toBe(60);
    await world.plain.waitForDepth(DEAD, 0);
    expect(await fresh()).toMatchObject({ ready: 60 });
    const { settled, items } = await runAll(world);
    await settled(60);
    expect(Object.values(timesOf(items().map(({ task_id: id }) => id)))).toEqual(
      Array<number>(60).fill(1),
    );
  });

  it('loses nothing and runs nothing twice when its connection is cut', async () => {
    await giveUp(world, many(60));
    const proxy = await startFaultProxy({ port: world.broker.hosts[0]?.port ?? 0 });
    const broker = { ...world.broker, hosts: [{ host: proxy.host, port: proxy.port }] };
    // Slow enough to be cut in the middle: it is told by the queue that the first have come.
    const cut = replayed(world, { perSecond: 10 }, { broker, queue: DEAD });
    const outcome = cut.then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    while ((await fresh()).ready < 5);
    proxy.cut();
    expect((await outcome)?.message).toMatch(/\d+ letters were replayed before/);
    await proxy.stop();
    const again = await replayed(world, {});
    expect(again.failed).toBe(0);
    await world.plain.waitForDepth(DEAD, 0);
    const { ready } = await fresh();
    expect(ready).toBeGreaterThanOrEqual(60);
    const { settled, items } = await runAll(world);
    await settled(ready);
    expect(items()).toHaveLength(60);
    expect(new Set(items().map(({ task_id: id }) => id)).size).toBe(60);
  });

  it('keeps to the rate, and to the most that was asked for', async () => {
    await giveUp(world, many(12));
    const began = performance.now();
    expect(await replayed(world, { perSecond: 20, limit: 10 })).toMatchObject({ replayed: 10 });
    expect(performance.now() - began).toBeGreaterThan(440);
    await world.plain.waitForDepth(DEAD, 2);
    const { letters } = await browse(deskOf(world), {});
    expect(letters.map(({ key }) => key)).toEqual(['t10', 't11']);
  });

  it('ends although its tasks give up again as fast as it sends them', async () => {
    await giveUp(world, many(5));
    const failing = new TestHost(() => ({
      kind: 'failed',
      error: { name: 'E', message: 'no', httpStatus: 404 },
    }));
    const { settled } = await world.consume({ queue: QUEUE, ...NO_RETRY }, failing);
    expect(await replayed(world, { perSecond: 10 })).toMatchObject({ replayed: 5, looked_at: 5 });
    await settled(5);
    await world.plain.waitForDepth(DEAD, 5);
  });

  it('leaves where it is what no queue takes', async () => {
    await giveUp(world, many(2));
    const done = await replayed(world, { to: 'nowhere' });
    expect(done).toMatchObject({ replayed: 0, failed: 2 });
    expect(done.problem).toMatch(/^No queue took the message sent to queue "nowhere"/);
    await world.plain.waitForDepth(DEAD, 2);
  });

  it('sends again what the broker itself gave up', async () => {
    await giveUp(world, many(1));
    await replayed(world, {});
    await world.plain.drain(QUEUE);
    await world.plain.publish(
      QUEUE,
      { task_id: 'late', intent: 'summarise' },
      { messageId: 'm', expiration: '20' },
    );
    await world.plain.waitForDepth(DEAD, 1);
    expect((await browse(deskOf(world), {})).letters).toMatchObject([
      { id: 'm', queue: QUEUE, key: 'late', reason: 'expired', failed_at: expect.any(String) },
    ]);
    expect(await replayed(world, {})).toMatchObject({ replayed: 1 });
    const { settled, items } = await runAll(world);
    await settled(1);
    expect(items()).toMatchObject([{ task_id: 'late' }]);
  });

  it('runs a task whose deadline has passed when that is taken away', async () => {
    const deadline = new Date(Date.now() - 1000).toISOString();
    const { settled, close } = await world.consume({ queue: QUEUE });
    await world.plain.publish(QUEUE, { task_id: 'late', intent: 'summarise', deadline });
    await settled(1);
    await close();
    expect(await replayed(world, { withoutDeadline: true })).toMatchObject({ replayed: 1 });
    const again = await runAll(world);
    await again.settled(1);
    expect(again.items()).toMatchObject([{ task_id: 'late', deadline: null }]);
  });
});

describe('discarding', () => {
  it('tells each letter before it goes, and takes only what fits', async () => {
    await giveUp(world, SOME);
    const told: WholeLetter[] = [];
    const tell = (letter: WholeLetter) => void told.push(letter);
    const filter = { tenant: 'red' };
    const dry = await discard(deskOf(world), { filter, dryRun: true }, tell);
    expect([dry, told]).toEqual([expect.objectContaining({ matched: 2, discarded: 0 }), []]);
    const done = await discard(deskOf(world), { filter }, tell);
    expect(done).toMatchObject({ looked_at: 4, matched: 2, discarded: 2 });
    expect(told).toMatchObject([{ key: 'a', body: { tenant: 'red' } }, { key: 'c' }]);
    const { letters } = await browse(deskOf(world), {});
    expect(letters.map(({ task_id }) => task_id)).toEqual(['b', null]);
  });

  it('removes none when one could not be told', async () => {
    await giveUp(world, many(3));
    let count = 0;
    const tell = () => {
      count += 1;
      if (count === 2) throw new Error('the disk is full');
    };
    await expect(discard(deskOf(world), {}, tell)).rejects.toThrow('the disk is full');
    await world.plain.waitForDepth(DEAD, 3);
  });
});
