import { TestHost, newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

const task = (id: string, more: object = {}) => ({ task_id: id, intent: 'extract', ...more });

describe('the path of a delivery', () => {
  test('a reference runs once, with its item, and is acked after its end is recorded', async () => {
    const { host, settled } = await world.consume({});
    await world.plain.publish('work', task('a', { ref: 'pg:documents/1', extra: 7 }), {
      messageId: 'm1',
    });
    await settled(1);
    expect(host.runs).toHaveLength(1);
    expect(host.runs[0]?.items).toEqual([
      {
        task_id: 'a',
        intent: 'extract',
        ref: 'pg:documents/1',
        tenant: null,
        deadline: null,
        data: {},
        extra: 7,
        swarm: { delivery: expect.any(String), queue: 'work', attempt: 1 },
      },
    ]);
    const [key] = await world.keys.tasks();
    expect(await world.keys.hash(key as string)).toMatchObject({ state: 'done', attempts: '0' });
    await world.plain.waitForUnacked('work', 0);
    expect((await world.plain.depth('work')).ready).toBe(0);
  });

  test('a copy under another message id is dropped while the first runs and after it is done', async () => {
    const { host, settled } = await world.consume({}, new TestHost(() => undefined));
    await world.plain.publish('work', task('a'), { messageId: 'm1' });
    await host.started(1);
    await world.plain.publish('work', task('a'), { messageId: 'm2' });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dropped', state: 'live' });
    host.runs[0]?.end({ kind: 'succeeded' });
    await settled(2);
    await world.plain.publish('work', task('a'), { messageId: 'm3' });
    expect((await settled(3))[2]?.verdict).toEqual({ kind: 'dropped', state: 'done' });
    expect(host.runs).toHaveLength(1);
  });

  test('a failed run becomes a dead letter with its context, and its copy is dropped', async () => {
    const { settled } = await world.consume(
      {},
      new TestHost(() => ({
        kind: 'failed',
        error: {
          name: 'NodeApiError',
          message: 'no such document, key sk-abcdefghijklmnop1234',
          httpStatus: 404,
          node: 'Load',
          stack: 'Error: no\n at x',
        },
      })),
    );
    await world.plain.publish('work', task('a'), { messageId: 'm1', expiration: '600000' });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'dead', reason: 'run_failed' });
    const [letter] = await world.plain.drain('work.dead');
    expect(letter?.body).toEqual(task('a'));
    expect(letter?.properties.headers?.['x-swarm-reason']).toBe('run_failed');
    expect(letter?.properties.expiration).toBeUndefined();
    const failure = JSON.parse(String(letter?.properties.headers?.['x-swarm-failure'])) as object;
    expect(failure).toMatchObject({
      reason: 'run_failed',
      message: 'no such document, key ***',
      error: 'NodeApiError',
      http_status: 404,
      node: 'Load',
      workflow: 'a test',
      queue: 'work',
      routing_key: 'work',
      attempts: [{ error: 'no such document, key ***' }],
    });
    await world.plain.publish('work', task('a'), { messageId: 'm2' });
    expect((await settled(2))[1]?.verdict).toEqual({ kind: 'dropped', state: 'dead' });
    expect(await world.plain.drain('work.dead')).toEqual([]);
  });
});
