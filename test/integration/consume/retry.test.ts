import type { RunError } from '../../../src/contract/verdicts';
import { TestHost, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

const task = { task_id: 'a', intent: 'extract' };
const failure = (error: Partial<RunError> = {}) =>
  ({ kind: 'failed', error: { name: 'Error', message: 'no', ...error } }) as const;
/** Fails so many times, then succeeds. */
const failing = (times: number, error: Partial<RunError> = {}) => {
  let left = times;
  return new TestHost(() => (left-- > 0 ? failure(error) : { kind: 'succeeded' }));
};
const SOON = { baseMs: 200, factor: 1 };

test('a failed run comes back after its delay, until one succeeds', async () => {
  const { host, settled } = await world.consume({ retry: SOON }, failing(2));
  await world.plain.publish('work', task, { messageId: 'm1' });
  const verdicts = (await settled(3)).map(({ verdict }) => verdict);
  expect(verdicts).toMatchObject([
    { kind: 'retried', counts: true, copy: { attempt: 2 } },
    { kind: 'retried', counts: true, copy: { attempt: 3 } },
    { kind: 'done' },
  ]);
  expect(host.runs.map(({ items }) => items[0]?.swarm.attempt)).toEqual([1, 2, 3]);
  const [key] = await world.keys.tasks();
  expect(await world.keys.hash(key as string)).toMatchObject({ state: 'done', attempts: '2' });
  await world.plain.waitForUnacked('work', 0);
});

test('attempts used up: a dead letter that tells every attempt, when it was and what it waited', async () => {
  const { settled } = await world.consume(
    { retry: { ...SOON, attempts: 3 } },
    failing(9, { message: 'boom sk-abcdefghijklmnop', httpStatus: 503 }),
  );
  await world.plain.publish('work', task, { messageId: 'm1' });
  expect((await settled(3))[2]?.verdict).toEqual({ kind: 'dead', reason: 'attempts_used_up' });
  const [letter] = await world.plain.take('work.dead', 1);
  const context = JSON.parse(String(letter?.headers['x-swarm-failure'])) as {
    attempts: { at: string; error: string; delay_ms?: number; counts?: boolean }[];
  };
  expect(context).toMatchObject({ reason: 'attempts_used_up', http_status: 503 });
  expect(context.attempts).toHaveLength(3);
  expect(context.attempts.map(({ error }) => error)).toEqual(
    Array(3).fill(expect.not.stringMatching(/abcdefgh/)),
  );
  for (const { delay_ms } of context.attempts.slice(0, 2)) {
    expect(delay_ms).toBeGreaterThanOrEqual(0);
    expect(delay_ms).toBeLessThanOrEqual(200);
  }
  expect(JSON.stringify(context)).not.toContain('abcdefgh');
});

test('a dead letter that somebody moves back as it is runs again, its attempts from zero; a second copy of it does not', async () => {
  const { host, settled } = await world.consume({ retry: { ...SOON, attempts: 1 } }, failing(1));
  await world.plain.publish('work', task, { messageId: 'm1' });
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'attempts_used_up' });
  const [letter] = await world.plain.take('work.dead', 1);
  const { headers } = letter ?? {};
  const messageId = letter?.properties.messageId as string;
  await world.plain.publish('work', letter?.body, { messageId, headers });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'done' });
  expect(host.runs.map(({ items }) => items[0]?.swarm.attempt)).toEqual([1, 1]);
  await world.plain.publish('work', letter?.body, { messageId, headers });
  expect((await settled(3))[2]?.verdict).toMatchObject({ kind: 'dropped' });
});

test('an error that cannot pass is not tried again', async () => {
  const { host, settled } = await world.consume({}, failing(1, { httpStatus: 404 }));
  await world.plain.publish('work', task, { messageId: 'm1' });
  expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'run_failed' });
  expect(host.runs).toHaveLength(1);
});

test('429 comes back after Retry-After and uses up no attempt', async () => {
  const throttled = failing(2, { httpStatus: 429, retryAfterMs: 500 });
  const { host, settled } = await world.consume({ retry: { ...SOON, attempts: 1 } }, throttled);
  const began = performance.now();
  await world.plain.publish('work', task, { messageId: 'm1' });
  const verdicts = (await settled(3)).map(({ verdict }) => verdict);
  expect(verdicts).toMatchObject([
    { kind: 'retried', counts: false, copy: { attempt: 1, throttles: 1 } },
    { kind: 'retried', counts: false, copy: { attempt: 1, throttles: 2 } },
    { kind: 'done' },
  ]);
  expect(performance.now() - began).toBeGreaterThan(900);
  expect(host.runs.map(({ items }) => items[0]?.swarm.attempt)).toEqual([1, 1, 1]);
});

test('a copy keeps body, properties and headers, and goes to its own queue alone', async () => {
  const exchange = { name: 'tasks', bindings: [{ routingKey: '#' }] };
  const first = await world.consume(
    { queue: 'orders', topology: { queue: 'orders', exchange } },
    new TestHost(() => ({ kind: 'succeeded' })),
  );
  const second = await world.consume(
    { queue: 'eu.orders', topology: { queue: 'eu.orders', exchange }, retry: SOON },
    new TestHost(() => failure()),
  );
  await world.plain.publishTo('tasks', 'extract.now', task, {
    messageId: 'm1',
    type: 'extract',
    correlationId: 'g1',
    priority: 3,
    headers: { theirs: 'kept', 'x-death': [{ count: 1 }] },
  });
  await second.settled(1);
  await second.close();
  await world.plain.waitForDepth('eu.orders', 1);
  const [copy] = await world.plain.take('eu.orders', 1);
  expect(copy?.body).toEqual(task);
  expect(copy?.properties).toMatchObject({ type: 'extract', correlationId: 'g1', priority: 3 });
  expect(copy?.properties.messageId).not.toBe('m1');
  expect(copy?.headers).toMatchObject({
    theirs: 'kept',
    'x-swarm-queue': 'eu.orders',
    'x-swarm-attempt': 2,
    'x-swarm-origin-exchange': 'tasks',
    'x-swarm-origin-key': 'extract.now',
  });
  // Its own one from the exchange, and none of the retry.
  expect(first.consumer.counts.delivered).toBe(1);
});

test('headers that leave no room for ours are left behind, but never the key', async () => {
  const { host, settled } = await world.consume({ retry: SOON }, failing(1));
  const headers = { 'x-idempotency-key': 'mine', theirs: 'x'.repeat(65_300) };
  await world.plain.publish('work', task, { messageId: 'm1', headers });
  const [first, second] = await settled(2);
  expect(first?.verdict).toMatchObject({ kind: 'retried' });
  expect(second?.verdict).toEqual({ kind: 'done' });
  expect(host.runs).toHaveLength(2);
  expect(await world.keys.tasks()).toEqual([expect.stringMatching(/:task:mine$/)]);
});

test('a time to live becomes a deadline: no retry outlives it, and none is lost to it', async () => {
  const { settled } = await world.consume({ retry: { baseMs: 60_000 } }, failing(9));
  await world.plain.publish('work', task, { messageId: 'm1', expiration: '1' });
  const [first] = await settled(1);
  expect(first?.verdict).toEqual({ kind: 'dead', reason: 'deadline_passed' });
});

test('a death between the intent and the copy publishes the copy under its id, and nothing runs', async () => {
  const { host, settled } = await world.consume({ retry: { baseMs: 60_000 } }, failing(1));
  await world.plain.publish('work', task, { messageId: 'm1' });
  await settled(1);
  const [key] = await world.keys.tasks();
  const { next } = await world.keys.hash(key as string);
  // As it stands when the process dies after the intent and before the mark; and it is due soon.
  await world.keys.redis.hset(key as string, { published: '0', due: String(Date.now() + 200) });
  await world.plain.publish('work', task, { messageId: 'm1' });
  const [, second, third] = await settled(3);
  expect(second?.verdict).toMatchObject({ kind: 'retried', copy: { id: next, attempt: 2 } });
  expect(third).toMatchObject({ messageId: next, verdict: { kind: 'done' } });
  expect(host.runs).toHaveLength(2);
});

test('another copy of a task that is due later is dropped, until the due time is long past', async () => {
  const { host, settled } = await world.consume({ retry: { baseMs: 3_600_000 } }, failing(1));
  await world.plain.publish('work', task, { messageId: 'm1' });
  await settled(1);
  await world.plain.publish('work', task, { messageId: 'm2' });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'retrying' });
  const [key] = await world.keys.tasks();
  // Somebody purged the ladder: the copy never came back.
  await world.keys.redis.hset(key as string, 'due', String(Date.now() - 3_600_000));
  await world.plain.publish('work', task, { messageId: 'm3' });
  expect((await settled(3))[2]?.verdict).toEqual({ kind: 'done' });
  expect(host.runs).toHaveLength(2);
  expect(await world.keys.hash(key as string)).toMatchObject({ crashes: '1' });
});

test('a success after the run limit counts: the copy finds it done', async () => {
  const { host, settled } = await world.consume(
    { runLimitMs: 1000, retry: { baseMs: 3000, factor: 1 } },
    new TestHost(() => undefined),
  );
  await world.plain.publish('work', task, { messageId: 'm1' });
  await host.started(1);
  expect((await settled(1))[0]?.verdict).toMatchObject({ kind: 'retried' });
  host.runs[0]?.end({ kind: 'succeeded' });
  expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
  expect(host.runs).toHaveLength(1);
});

describe('a delivery whose owner is alive elsewhere', () => {
  test.each([
    ['keeps its id', 'm1'],
    ['is known again without an id', undefined],
  ])(
    'goes round after it was held, %s, and is let go when the owner is done',
    async (_how, messageId) => {
      const owner = await world.consume({ drainMs: 0 }, new TestHost(() => undefined));
      await world.plain.publish('work', task, { messageId });
      await owner.host.started(1);
      await owner.close();
      const { settled, host, close } = await world.consume({ holdMs: 300 });
      expect((await settled(1))[0]?.verdict).toEqual({ kind: 'sent_round', delayMs: 30_000 });
      // It is on its way; let it come back at once.
      owner.host.runs[0]?.end({ kind: 'succeeded' });
      await close();
      const [key] = await world.keys.tasks();
      for (let state: string | undefined; state !== 'done';) {
        ({ state } = await world.keys.hash(key as string));
      }
      expect(host.runs).toHaveLength(0);
      const depths = await Promise.all(
        ['08', '07', '06', '05', '03', '02'].map((level) =>
          world.plain.depth(`swarm.delay.${level}`),
        ),
      );
      expect(depths.reduce((sum, { ready }) => sum + ready, 0)).toBe(1);
    },
  );

  test('comes back as busy or as a takeover, never as a copy', async () => {
    const { settled, host } = await world.consume({}, new TestHost(() => ({ kind: 'succeeded' })));
    await world.plain.publish('work', task, { messageId: 'x', headers: { 'x-swarm-held': 1 } });
    await settled(1);
    const [key] = await world.keys.tasks();
    await world.keys.redis.hset(key as string, {
      state: 'live',
      owner: 'gone',
      until: '0',
      id: '',
    });
    await world.plain.publish('work', task, { messageId: 'y', headers: { 'x-swarm-held': 1 } });
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'done' });
    expect(host.runs).toHaveLength(2);
  });
});
