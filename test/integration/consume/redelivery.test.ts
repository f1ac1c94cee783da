import { connect } from 'amqplib';

import { say } from '../../../src/word/say';
import { readToken } from '../../../src/word/token';
import { Store } from '../../../src/store/store';
import { NO_RETRY, TestHost, newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

const forever = () => new TestHost(() => undefined);
/** Only what any producer in any language sends: no headers, no properties, no message id. */
const plainTask = { task_id: 'a', intent: 'extract' };

/** Gives one message of the queue to somebody who drops the connection: it comes back flagged as redelivered. */
async function bounce(queue: string): Promise<void> {
  const connection = await connect(world.vhostUrl);
  const channel = await connection.createChannel();
  await new Promise<void>((resolve) => void channel.consume(queue, () => resolve()));
  await connection.close();
}

describe('a plain producer', () => {
  test('its task runs once, and a second copy is dropped', async () => {
    const { host, settled } = await world.consume({});
    await world.plain.publish('work', plainTask, { contentType: undefined });
    await settled(1);
    await world.plain.publish('work', plainTask, { contentType: undefined });
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
    expect(host.runs).toHaveLength(1);
  });

  test('its redelivered message is not mistaken for a second copy: it runs', async () => {
    const declaring = await world.consume({});
    await declaring.close();
    await world.plain.publish('work', plainTask);
    await bounce('work');
    const { host, settled } = await world.consume({});
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'done' });
    expect(host.runs).toHaveLength(1);
  });

  test('redelivered while its owner is alive it is held, and let go when the owner is done', async () => {
    const first = await world.consume({ drainMs: 0, leaseMs: 5000 }, forever());
    await world.plain.publish('work', plainTask);
    await first.host.started(1);
    await first.close();
    const second = await world.consume({ leaseMs: 5000 });
    await second.event('held');
    first.host.runs[0]?.end({ kind: 'succeeded' });
    expect((await second.settled(1))[0]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
    expect(second.host.runs).toHaveLength(0);
    await world.plain.waitForUnacked('work', 0);
  });
});

test('a task whose owner vanished is taken over when the lease ends, with a higher fence', async () => {
  const frozen = await world.consume({ leaseMs: 1000, drainMs: 0 }, forever());
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  await frozen.host.started(1);
  const [key] = await world.keys.tasks();
  const before = await world.keys.hash(key as string);
  // The process is gone: its lease is renewed no more.
  await world.keys.redis.hset(key as string, 'owner', 'gone', 'fence', Number(before.fence) + 1);
  await frozen.close();
  const heir = await world.consume({ leaseMs: 1000 });
  expect(await heir.event('taken_over')).toEqual({ key: 'a', crashes: 1 });
  await heir.settled(1);
  expect(heir.host.runs).toHaveLength(1);
  const after = await world.keys.hash(key as string);
  expect(after).toMatchObject({ state: 'done', crashes: '1' });
  expect(Number(after.fence)).toBeGreaterThan(Number(before.fence));
});

test('a task that keeps killing its owners ends as a dead letter: crash_loop', async () => {
  await world.plain.publish('swarm.none', 'nowhere').catch(() => undefined);
  const { host, settled } = await world.consume(
    { leaseMs: 1000, maxCrashes: 2, drainMs: 0 },
    forever(),
  );
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  await host.started(1);
  const [key] = await world.keys.tasks();
  // Two owners vanished already, the second just now.
  await world.keys.redis.hset(key as string, { owner: 'gone', fence: 99, until: 0, crashes: 1 });
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'crash_loop' });
  const [letter] = await world.plain.take('work.dead', 1);
  expect(letter?.headers['x-swarm-reason']).toBe('crash_loop');
  expect(host.runs).toHaveLength(1);
  host.runs[0]?.end({ kind: 'succeeded' });
  await settled(2);
});

test('another task under the same key is dead-lettered, and the first is not touched', async () => {
  const { host, settled } = await world.consume({}, forever());
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  await host.started(1);
  await world.plain.publish('work', { ...plainTask, ref: 'pg:other/1' }, { messageId: 'm2' });
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'key_conflict' });
  host.runs[0]?.end({ kind: 'succeeded' });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'done' });
  const [letter] = await world.plain.take('work.dead', 1);
  expect(letter?.body).toMatchObject({ ref: 'pg:other/1' });
});

test('a corrected task may run after its first version was dead-lettered', async () => {
  let fail = true;
  const host = new TestHost(() =>
    fail ? { kind: 'failed', error: { name: 'Error', message: 'bad ref' } } : { kind: 'succeeded' },
  );
  const { settled } = await world.consume(NO_RETRY, host);
  await world.plain.publish('work', { ...plainTask, ref: 'pg:wrong' }, { messageId: 'm1' });
  await settled(1);
  fail = false;
  await world.plain.publish('work', { ...plainTask, ref: 'pg:right' }, { messageId: 'm2' });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'done' });
  expect(host.runs).toHaveLength(2);
  expect(host.runs[1]?.items[0]?.swarm.attempt).toBe(1);
});

test('a death between the intent and the dead letter publishes the letter again under its id', async () => {
  const { host, settled } = await world.consume(
    NO_RETRY,
    new TestHost(() => ({ kind: 'failed', error: { name: 'Error', message: 'no' } })),
  );
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  await settled(1);
  const [first] = await world.plain.take('work.dead', 1);
  // As it stands when the process dies after the intent and before the mark.
  const [key] = await world.keys.tasks();
  const failure = String(first?.headers['x-swarm-failure']);
  await world.keys.redis.hset(key as string, { published: '0', failure });
  await world.plain.publish('work', plainTask, { messageId: 'm1' });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dead', reason: 'run_failed' });
  const [second] = await world.plain.take('work.dead', 1);
  expect(second?.properties.messageId).toBe(first?.properties.messageId);
  expect(second?.headers['x-swarm-failure']).toBe(failure);
  expect(await world.keys.hash(key as string)).toMatchObject({ published: '1' });
  expect(host.runs).toHaveLength(1);
});

describe('Complete', () => {
  const sayComplete = async (token: string) => {
    const store = await Store.open(world.store, 'once');
    try {
      const read = readToken(token);
      if (read.test) throw new Error('not a token of a delivery');
      return await say(store, read, { kind: 'complete' });
    } finally {
      store.close();
    }
  };

  test('is recorded at once, and the delivery is let go when its run is over', async () => {
    const { host, settled } = await world.consume({ prefetch: 1 }, forever());
    await world.plain.publish('work', plainTask, { messageId: 'm1' });
    await world.plain.publish('work', { ...plainTask, task_id: 'b' }, { messageId: 'm2' });
    await host.started(1);
    const token = host.runs[0]?.items[0]?.swarm.delivery as string;
    expect(await sayComplete(token)).toEqual({ recorded: true });
    const [key] = await world.keys.tasks();
    for (let state: string | undefined; state !== 'done';) {
      ({ state } = await world.keys.hash(key as string));
    }
    expect(await sayComplete(token)).toEqual({ recorded: false, before: 'done' });
    expect(host.runs).toHaveLength(1);
    host.runs[0]?.end({ kind: 'failed', error: { name: 'Error', message: 'after the word' } });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'done' });
    await host.started(2);
    host.runs[1]?.end({ kind: 'succeeded' });
  });

  test('is found by the next renewal when its notification is lost', async () => {
    const { host, settled } = await world.consume({ leaseMs: 1500 }, forever());
    await world.plain.publish('work', plainTask, { messageId: 'm1' });
    await host.started(1);
    const [key] = await world.keys.tasks();
    await world.keys.redis.hset(key as string, 'word', 'complete');
    for (let state: string | undefined; state !== 'done';) {
      ({ state } = await world.keys.hash(key as string));
    }
    host.runs[0]?.end({ kind: 'failed', error: { name: 'Error', message: 'after the word' } });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'done' });
  });

  test('said before its main died, it settles the redelivery: nothing runs', async () => {
    const first = await world.consume({ drainMs: 0 }, forever());
    await world.plain.publish('work', plainTask, { messageId: 'm1' });
    await first.host.started(1);
    const [key] = await world.keys.tasks();
    // The word without its notification: nobody lives to hear it.
    await world.keys.redis.hset(key as string, { owner: 'gone', fence: 99, word: 'complete' });
    await first.close();
    const second = await world.consume({});
    expect((await second.settled(1))[0]?.verdict).toEqual({ kind: 'done' });
    expect(second.host.runs).toHaveLength(0);
  });

  test('from a run that was given up still counts', async () => {
    const { host, settled } = await world.consume({ runLimitMs: 1000, ...NO_RETRY }, forever());
    await world.plain.publish('work', plainTask, { messageId: 'm1' });
    await host.started(1);
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'run_limit' });
    await sayComplete(host.runs[0]?.items[0]?.swarm.delivery as string);
    const [key] = await world.keys.tasks();
    expect(await world.keys.hash(key as string)).toMatchObject({ state: 'done' });
  });

  test('of older work cannot end a task that was corrected since', async () => {
    const { host, settled } = await world.consume({ runLimitMs: 1000, ...NO_RETRY }, forever());
    await world.plain.publish('work', plainTask, { messageId: 'm1' });
    await host.started(1);
    await settled(1);
    await world.plain.publish('work', { ...plainTask, ref: 'pg:1' }, { messageId: 'm2' });
    await host.started(2);
    await expect(sayComplete(host.runs[0]?.items[0]?.swarm.delivery as string)).rejects.toThrow(
      /corrected since/,
    );
  });
});
