import type { Word } from '../../../src/contract/verdicts';
import { withStore } from '../../../src/store/pool';
import { extendLease } from '../../../src/word/extendLease';
import { say, type RunWord, type Said } from '../../../src/word/say';
import { scopeOfQueue } from '../../../src/word/scopes';
import { cancelTask, getTask } from '../../../src/word/task';
import { readToken, type LiveToken } from '../../../src/word/token';
import { TestHost, type RunningConsumer, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

const task = { task_id: 'a', intent: 'extract' };
const forever = () => new TestHost(() => undefined);
const SOON = { baseMs: 200, factor: 1 };
const later = { kind: 'retry_later', counts: false, message: 'later' } as const;

function tokenOf(host: TestHost, run = 0): LiveToken {
  const token = readToken(host.runs[run]?.items[0]?.swarm.delivery);
  if (token.test) throw new Error('the token of a test');
  return token;
}
const speak = (token: LiveToken, word: RunWord): Promise<Said> =>
  withStore(world.store, (store) => say(store, token, word));
const fail = (message: string, httpStatus?: number): RunWord => ({
  kind: 'fail',
  error: { name: 'Error', message, httpStatus },
});

/** One task whose run has begun and says nothing yet. */
async function running(options: Parameters<World['consume']>[0] = {}): Promise<RunningConsumer> {
  const one = await world.consume({ retry: SOON, ...options }, forever());
  await world.plain.publish('work', task, { messageId: 'm1' });
  await one.host.started(1);
  return one;
}

describe('what a run says', () => {
  test.each<[string, RunWord, object]>([
    ['Fail', fail('no'), { kind: 'retried', counts: true }],
    ['Fail for good', fail('no', 404), { kind: 'dead', reason: 'run_failed' }],
    ['Retry Later', { ...later, afterMs: 60_000 }, { kind: 'retried', counts: false }],
    [
      'Dead-Letter',
      { kind: 'dead_letter', message: 'unfit' },
      { kind: 'dead', reason: 'dead_lettered' },
    ],
    ['Complete', { kind: 'complete' }, { kind: 'done' }],
  ])(
    '%s is done at once, and the delivery let go when the run is over',
    async (_name, word, verdict) => {
      const { host, settled } = await running({ retry: { baseMs: 60_000 } });
      expect(await speak(tokenOf(host), word)).toEqual({ recorded: true });
      const [key] = await world.keys.tasks();
      for (let state: string | undefined = 'live'; state === 'live';) {
        ({ state } = await world.keys.hash(key as string));
      }
      expect(await world.plain.unacked('work')).toBe(1);
      host.runs[0]?.end({ kind: 'succeeded' });
      expect((await settled(1))[0]?.verdict).toMatchObject(verdict);
    },
  );

  test('the first word stands, but Complete wins over one that is not settled yet', async () => {
    const { host, consumer } = await running({ drainMs: 0 });
    // Nobody hears: what is said waits.
    await consumer.close();
    const token = tokenOf(host);
    const [key] = await world.keys.tasks();
    await world.keys.redis.hset(key as string, { word: 'dead_letter', said: '{"message":"m"}' });
    expect(await speak(token, later)).toEqual({ recorded: false, before: 'dead_letter' });
    expect(await speak(token, { kind: 'complete' })).toEqual({ recorded: true });
    const next = await world.consume({});
    await next.settled(1);
    expect(next.host.runs).toHaveLength(0);
    expect(await world.keys.hash(key as string)).toMatchObject({ state: 'done' });
  });

  test('of a run that was given up only Complete counts', async () => {
    const { host, settled } = await running({ runLimitMs: 1000, retry: { baseMs: 60_000 } });
    await settled(1);
    const token = tokenOf(host);
    for (const word of [fail('late'), later, { kind: 'dead_letter', message: '' } as const]) {
      await expect(speak(token, word)).rejects.toThrow(/does not own task "a" any more/);
    }
    await expect(
      withStore(world.store, (store) => extendLease(store, token, 1000)),
    ).rejects.toThrow(/does not own/);
    expect(await speak(token, { kind: 'complete' })).toEqual({ recorded: true });
  });

  test('said before its main died, it settles the redelivery: nothing runs', async () => {
    const { host, consumer } = await running({ drainMs: 0 });
    const [key] = await world.keys.tasks();
    await world.keys.redis.hset(key as string, { owner: 'gone' });
    await world.keys.redis.hset(key as string, {
      word: 'retry_later',
      said: JSON.stringify({ afterMs: 100, counts: true, message: 'again' }),
    });
    await consumer.close();
    const { settled, host: heir } = await world.consume({});
    const [first, second] = await settled(2);
    expect(first?.verdict).toMatchObject({ kind: 'retried', counts: true });
    expect(second?.verdict).toEqual({ kind: 'done' });
    expect(heir.runs).toHaveLength(1);
    expect(heir.runs[0]?.items[0]?.swarm.attempt).toBe(2);
    host.runs[0]?.end({ kind: 'succeeded' });
  });

  test.each(['succeeded', 'failed', 'waiting'] as const)(
    'stands though its notification is lost and the run, %s, ends before a renewal finds it',
    async (kind) => {
      const { host, settled } = await running();
      const [key] = await world.keys.tasks();
      const said = '{"message":"unfit"}';
      await world.keys.redis.hset(key as string, { word: 'dead_letter', said });
      const error = { name: 'Error', message: 'after the word' };
      host.runs[0]?.end(kind === 'failed' ? { kind, error } : { kind });
      expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'dead_lettered' });
    },
  );

  test('a lost notification is found at the next renewal', async () => {
    const { settled } = await running({ leaseMs: 1500 });
    const [key] = await world.keys.tasks();
    const said: Word = { kind: 'dead_letter', message: 'unfit' };
    await world.keys.redis.hset(key as string, { word: said.kind, said: '{"message":"unfit"}' });
    for (let state: string | undefined = 'live'; state === 'live';) {
      ({ state } = await world.keys.hash(key as string));
    }
    expect((await world.plain.take('work.dead', 1))[0]?.headers).toMatchObject({
      'x-swarm-reason': 'dead_lettered',
    });
    expect(await settled(0)).toBeDefined();
  });

  test('Extend Lease outlasts the process, and no renewal shortens it', async () => {
    const { host } = await running({ leaseMs: 1500 });
    const ends = await withStore(world.store, (store) =>
      extendLease(store, tokenOf(host), 3_600_000),
    );
    const [key] = await world.keys.tasks();
    const before = await world.keys.redis.pttl(key as string);
    expect(before).toBeGreaterThan(3_600_000);
    expect(Number((await world.keys.hash(key as string)).until)).toBe(ends.getTime());
    await expect(
      withStore(world.store, (store) => extendLease(store, tokenOf(host), 0)),
    ).rejects.toThrow(/between 1 ms and 24 hours/);
  });
});

describe('a task at a Wait node', () => {
  /** Its run stands there, and its slot is free. */
  async function parked(options: Parameters<World['consume']>[0] = {}) {
    const one = await running({ waitLimitMs: 60_000, ...options });
    one.host.runs[0]?.end({ kind: 'waiting' });
    expect((await one.settled(1))[0]?.verdict).toMatchObject({ kind: 'parked' });
    return one;
  }

  test('is parked, and Complete after the wait ends it', async () => {
    const { host } = await parked();
    await world.plain.waitForUnacked('work', 0);
    expect(await speak(tokenOf(host), { kind: 'complete' })).toEqual({ recorded: true });
    const [key] = await world.keys.tasks();
    expect(await world.keys.hash(key as string)).toMatchObject({ state: 'done' });
  });

  test('Fail after the wait is settled at once, and the retry is the same task', async () => {
    const { host, settled } = await parked();
    expect(await speak(tokenOf(host), fail('not approved yet'))).toEqual({ recorded: true });
    await host.started(2);
    expect((await settled(2))[1]?.verdict).toMatchObject({ kind: 'retried', counts: true });
    expect(host.runs[1]?.items[0]).toMatchObject({ ...task, swarm: { attempt: 2 } });
    host.runs[1]?.end({ kind: 'succeeded' });
    expect((await settled(3))[2]?.verdict).toEqual({ kind: 'done' });
  });

  test('what is said while no trigger lives is settled by the next one', async () => {
    const { host, close } = await parked({ leaseMs: 1500 });
    await close();
    expect(await speak(tokenOf(host), { kind: 'dead_letter', message: 'rejected' })).toEqual({
      recorded: true,
    });
    const next = await world.consume({ leaseMs: 1500 });
    expect((await next.settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'dead_lettered' });
    const [letter] = await world.plain.take('work.dead', 1);
    expect(letter?.body).toEqual(task);
  });

  test('the wait limit passes: as an error that may pass', async () => {
    const { host, settled } = await parked({ waitLimitMs: 1000 });
    const [, second] = await settled(2);
    expect(second?.verdict).toMatchObject({ kind: 'retried', counts: true });
    await host.started(2);
    expect(host.runs[1]?.items[0]?.swarm.attempt).toBe(2);
  });

  test('its copy finds it done', async () => {
    const { host, settled } = await parked({ waitLimitMs: 1500 });
    await speak(tokenOf(host), { kind: 'complete' });
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
    expect(host.runs).toHaveLength(1);
  });
});

describe('from outside', () => {
  const named = async () => ({
    scope: await withStore(world.store, (store) => scopeOfQueue(store, 'work')),
    key: 'a',
  });
  const cancel = async () => {
    const name = await named();
    return await withStore(world.store, (store) => cancelTask(store, name));
  };
  const get = async () => {
    const name = await named();
    return await withStore(world.store, (store) => getTask(store, name));
  };

  test('Cancel of a live task lets go of it when its run is over', async () => {
    const { host, settled } = await running();
    expect(await cancel()).toEqual({ canceled: true, state: 'canceled' });
    host.runs[0]?.end({ kind: 'failed', error: { name: 'E', message: 'interrupted' } });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'canceled' });
    expect(await cancel()).toEqual({ canceled: false, state: 'canceled' });
  });

  test('Cancel of a task that is to come back: its copy is dropped', async () => {
    const { host, settled } = await running();
    const error = { name: 'E', message: 'no', httpStatus: 429, retryAfterMs: 2000 };
    host.runs[0]?.end({ kind: 'failed', error });
    await settled(1);
    await cancel();
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'canceled' });
    expect(host.runs).toHaveLength(1);
  });

  test('Cancel of a task that never came drops it when it comes; of one that is done changes nothing', async () => {
    const one = await world.consume({});
    await cancel();
    await world.plain.publish('work', task, { messageId: 'm1' });
    expect((await one.settled(1))[0]?.verdict).toEqual({ kind: 'dropped', state: 'canceled' });
    const [key] = await world.keys.tasks();
    await world.keys.redis.hset(key as string, 'state', 'done');
    expect(await cancel()).toEqual({ canceled: false, state: 'done' });
  });

  test('Get tells what is known', async () => {
    const before = await world.consume({});
    expect(await get()).toMatchObject({ key: 'a', state: 'unknown', attempts: 0 });
    await before.close();
    const { host, settled } = await running({ retry: { baseMs: 60_000, factor: 1 } });
    expect(await get()).toMatchObject({ state: 'live', attempts: 0 });
    host.runs[0]?.end({ kind: 'failed', error: { name: 'E', message: 'no' } });
    await settled(1);
    const report = await get();
    expect(report).toMatchObject({ state: 'retrying', attempts: 1 });
    expect(Date.parse(report.due as string)).toBeGreaterThan(Date.now());
  });

  test('a queue that nobody consumed is named', async () => {
    await world.consume({});
    await expect(withStore(world.store, (store) => scopeOfQueue(store, 'other'))).rejects.toThrow(
      /no Agent Swarm Trigger has consumed "other"/,
    );
  });
});
