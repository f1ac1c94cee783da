import { UnavailableError } from '../../../src/contract/errors';
import type { DeliveryItem } from '../../../src/contract/run';
import type { CheckingPublisher } from '../../../src/dispatch/checking';
import { cancelTask } from '../../../src/word/task';
import { Keys } from '../../../src/store/keys';
import { withStore } from '../../../src/store/pool';
import { sayScript } from '../../../src/word/sayScript';
import { scopeOfQueue } from '../../../src/word/scopes';
import { newWorld, TestHost, type RunningConsumer, type World } from '../../support/world';
import {
  child,
  CHILDREN,
  childrenOf,
  dataOf,
  declareQueue,
  fan,
  groupOf,
  hostOf,
  ILL,
  liveToken,
  PARENTS,
  speak,
  WELL,
  type Asked,
} from './family';

let world: World;
beforeEach(async () => {
  world = await newWorld();
  await declareQueue(world, CHILDREN);
});
afterEach(() => world.end());

interface Parents extends RunningConsumer {
  readonly group: Promise<string>;
  join(nth?: number): Promise<DeliveryItem>;
}

/** Consumes the parents' queue: each fans out as asked; joins succeed. */
async function startParents(asked: Asked = {}): Promise<Parents> {
  const joins: DeliveryItem[] = [];
  let known: (group: string) => void;
  const group = new Promise<string>((resolve) => (known = resolve));
  const watchers = new Set<() => void>();
  const host = hostOf(async (item) => {
    if (item.intent === 'join') {
      joins.push(item);
      watchers.forEach((watcher) => watcher());
    } else {
      known((await fan(world, item, asked)).group_id);
    }
    return WELL;
  });
  const running = await world.consume({ queue: PARENTS }, host);
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  return {
    ...running,
    group,
    async join(nth = 1) {
      while (joins.length < nth) await new Promise<void>((resolve) => watchers.add(resolve));
      return joins[nth - 1] as DeliveryItem;
    },
  };
}

/** What became of a group, when its join is over and nothing is left to come. */
async function quiet(parents: Parents): Promise<void> {
  const { task_id } = await parents.join();
  await parents.event('settled', ({ messageId }) => messageId === task_id);
  await world.plain.waitForDepth(PARENTS, 0);
}

test('children that all succeed are joined once, and their results stand in their order', async () => {
  const parents = await startParents({ count: 25 });
  const host = hostOf(async (item) => {
    await speak(world, item, { kind: 'complete', result: { of: item.ref } });
    return WELL;
  });
  await world.consume({ queue: CHILDREN, prefetch: 7 }, host);
  await quiet(parents);
  const id = await parents.group;
  expect(dataOf(await parents.join()).group).toEqual({
    id,
    closed_by: 'all',
    total: 25,
    done: 25,
    dead: 0,
    canceled: 0,
    unpublished: 0,
    open: 0,
    failures: [],
  });
  expect(await groupOf(world, id)).toMatchObject({
    state: 'closed',
    joined: expect.any(String),
    done: 25,
    late: 0,
  });
  const all = [...(await childrenOf(world, id, 0, 10)), ...(await childrenOf(world, id, 10, 100))];
  expect(all.map(({ index, state, result }) => [index, state, result])).toEqual(
    Array.from({ length: 25 }, (_, index) => [index, 'done', { of: `pg:documents/${index}` }]),
  );
  expect(host.runs).toHaveLength(25);
  expect(parents.host.runs).toHaveLength(2);
});

test('dead, canceled and unpublished children are counted, and named with their reasons', async () => {
  const parents = await startParents({
    count: 4,
    request: (index) =>
      index === 3 ? { ...child(3), to: { kind: 'queue', queue: 'nobody' } } : child(index),
  });
  const id = await parents.group;
  const scope = await withStore(world.store, (store) => scopeOfQueue(store, PARENTS));
  const [, second] = await childrenOf(world, id);
  const place = { scope: scope.replace(PARENTS, CHILDREN), key: second?.key ?? '' };
  await withStore(world.store, (store) => cancelTask(store, place));
  await world.consume(
    { queue: CHILDREN },
    hostOf(async ({ ref }) => Promise.resolve(ref === 'pg:documents/0' ? ILL : WELL)),
  );
  const { group } = dataOf(await parents.join());
  expect(group).toMatchObject({ closed_by: 'all', done: 1, dead: 1, canceled: 1, unpublished: 1 });
  expect((group?.failures as { index: number }[]).sort((a, b) => a.index - b.index)).toEqual([
    { index: 0, end: 'dead', reason: 'run_failed', message: 'there is no such page' },
    { index: 1, end: 'canceled' },
    expect.objectContaining({ index: 3, end: 'unpublished', reason: 'unroutable' }),
  ]);
});

test('a child that comes twice is counted once', async () => {
  const parents = await startParents({ count: 5 });
  await parents.group;
  const messages = await world.plain.take(CHILDREN, 5);
  for (const { body, properties } of messages) {
    const { headers, type } = properties;
    for (const copy of ['a', 'b', 'c']) {
      const messageId = `${String(properties.messageId)}-${copy}`;
      await world.plain.publish(CHILDREN, body, { headers, type, messageId });
    }
  }
  const children = await world.consume({ queue: CHILDREN, prefetch: 3 });
  await children.settled(15);
  expect(dataOf(await parents.join()).group).toMatchObject({ done: 5, total: 5 });
  expect(children.host.runs).toHaveLength(5);
});

test('the first success joins, and the rest settles without a run', async () => {
  const parents = await startParents({ count: 6, settings: { joinWhen: 'first_success' } });
  const children = await world.consume(
    { queue: CHILDREN, prefetch: 1 },
    hostOf(async ({ ref }) => Promise.resolve(ref === 'pg:documents/1' ? WELL : ILL)),
  );
  await children.settled(6);
  expect(children.host.runs).toHaveLength(2);
  expect(dataOf(await parents.join()).group).toMatchObject({
    closed_by: 'enough',
    done: 1,
    dead: 1,
    open: 4,
  });
  const states = (await childrenOf(world, await parents.group)).map(({ state }) => state);
  expect(states).toEqual(['dead', 'done', 'canceled', 'canceled', 'canceled', 'canceled']);
});

test.each([
  ['two have succeeded', [WELL, WELL, ILL, ILL], { closed_by: 'enough', done: 2, open: 2 }],
  [
    'too many have failed for that',
    [ILL, ILL, ILL, WELL],
    { closed_by: 'hopeless', dead: 3, open: 1 },
  ],
])(
  'at least two of four: the join is due when %s, and the rest goes on',
  async (_when, ends, told) => {
    const settings = { joinWhen: 'at_least', atLeast: 2 } as const;
    const parents = await startParents({ count: 4, settings });
    const children = await world.consume(
      { queue: CHILDREN, prefetch: 1 },
      hostOf(async ({ ref }) => Promise.resolve(ends[Number(String(ref).slice(-1))])),
    );
    expect(dataOf(await parents.join()).group).toMatchObject(told);
    await children.settled(4);
    expect(children.host.runs).toHaveLength(4);
    expect(await groupOf(world, await parents.group)).toMatchObject({ ...told, late: told.open });
  },
);

test('at the deadline whatever is there is joined, and who comes later is late', async () => {
  const parents = await startParents({ count: 3, settings: { deadlineMs: 1500 } });
  const children = await world.consume(
    { queue: CHILDREN },
    hostOf(async ({ ref }) => Promise.resolve(ref === 'pg:documents/2' ? undefined : WELL)),
  );
  expect(dataOf(await parents.join()).group).toMatchObject({
    closed_by: 'deadline',
    done: 2,
    open: 1,
  });
  for (const run of children.host.runs) run.end(WELL);
  await children.settled(3);
  const id = await parents.group;
  expect(await groupOf(world, id)).toMatchObject({ done: 2, open: 1, late: 1 });
  expect((await childrenOf(world, id))[2]).toMatchObject({ state: 'done', late: true });
  expect(parents.host.runs).toHaveLength(2);
});

/** A broker that goes away after so many messages. */
const leaving =
  (after: number) =>
  (real: CheckingPublisher): CheckingPublisher => {
    let left = after;
    return {
      depth: (queue) => real.depth(queue),
      layDelay: (queue, delayMs) => real.layDelay(queue, delayMs),
      checkExchange: (name) => real.checkExchange(name),
      async publish(message) {
        left -= 1;
        if (left < 0) throw new UnavailableError('disconnected', 'RabbitMQ went away.', '');
        await real.publish(message);
      },
    };
  };

test('a fan-out that was cut short publishes only what is missing when its task runs again, and keeps its first plan', async () => {
  let runs = 0;
  const host = hostOf(async (item) => {
    if (item.intent === 'join') return WELL;
    runs += 1;
    const first = { count: 10, publisher: leaving(4), more: { dispatch: { window: 1 } } };
    const again = { count: 2, request: () => ({ ...child(0), intent: 'another plan' }) };
    return await fan(world, item, runs === 1 ? first : again).then(
      () => WELL,
      (error: unknown) => ({ kind: 'failed', error: error as Error }),
    );
  });
  const parents = await world.consume({ queue: PARENTS, retry: { baseMs: 100 } }, host);
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  await host.started(2);
  await parents.event('settled', ({ verdict }) => verdict.kind === 'done');
  const messages = await world.plain.take(CHILDREN, 10);
  await world.plain.waitForDepth(CHILDREN, 0);
  const refs = messages.map(({ body }) => (body as { ref: string }).ref);
  expect(refs.sort()).toEqual(Array.from({ length: 10 }, (_, at) => `pg:documents/${at}`));
});

test('a fan-out that nobody does again ends at its deadline with an honest count', async () => {
  const host = hostOf(async (item) => {
    if (item.intent === 'join') return WELL;
    const asked: Asked = {
      count: 10,
      publisher: leaving(4),
      settings: { deadlineMs: 1500 },
      more: { dispatch: { window: 1 } },
    };
    await fan(world, item, asked).catch(() => undefined);
    return WELL;
  });
  const parents = await world.consume({ queue: PARENTS }, host);
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  await world.consume({ queue: CHILDREN });
  await parents.event('joined');
  await host.started(2);
  const [join] = host.runs[1]?.items ?? [];
  expect(dataOf(join as DeliveryItem).group).toMatchObject({
    closed_by: 'deadline',
    done: 4,
    unpublished: 6,
    open: 0,
  });
});

test('a child that fans out counts when its own join has run, with that one’s result', async () => {
  const parents = await startParents({ count: 2 });
  const order: string[] = [];
  const host = hostOf(async (item) => {
    order.push(item.intent);
    if (item.intent === 'join') {
      await speak(world, item, { kind: 'complete', result: 'from below' });
    } else if (item.ref === 'pg:documents/0') {
      const below = { ...child(7), to: { kind: 'queue', queue: 'below' } } as const;
      await fan(world, item, { count: 2, request: () => below });
    }
    return WELL;
  });
  await declareQueue(world, 'below');
  const children = await world.consume({ queue: CHILDREN }, host);
  await children.settled(2);
  const id = await parents.group;
  expect(await groupOf(world, id)).toMatchObject({ state: 'open', done: 1, open: 1 });
  await world.consume({ queue: 'below' });
  await parents.join();
  expect(order.at(-1)).toBe('join');
  expect((await childrenOf(world, id)).map(({ state, result }) => [state, result])).toEqual([
    ['done', 'from below'],
    ['done', undefined],
  ]);
});

test('a child fans out one group: a second one is refused before anything of it is registered', async () => {
  const parents = await startParents({ count: 1 });
  const told: string[] = [];
  const below = (index: number) => ({
    ...child(index),
    to: { kind: 'queue', queue: 'below' } as const,
  });
  await declareQueue(world, 'below');
  const host = hostOf(async (item) => {
    if (item.intent === 'join') return WELL;
    await fan(world, item, { count: 2, request: below });
    // Done again at the same place it is the same group.
    const again = await fan(world, item, { count: 2, request: below });
    told.push(`known: ${again.known}`);
    const other = { count: 2, request: below, more: { place: 'another node' } };
    await fan(world, item, other).catch((error: unknown) => told.push((error as Error).message));
    return WELL;
  });
  await world.consume({ queue: CHILDREN }, host);
  await world.consume({ queue: 'below' });
  expect(dataOf(await parents.join()).group).toMatchObject({ done: 1, total: 1 });
  expect(told).toEqual(['known: true', expect.stringMatching(/has fanned out "\w+" already/)]);
});

test.each([
  ['Complete', { done: 1, open: 0 }],
  ['Fail', { dead: 1, open: 0 }],
] as const)(
  'a child at a Wait node counts when its %s ends it, also when the process dies that said so',
  async (word, told) => {
    const parents = await startParents({ count: 1 });
    const options = { leaseMs: 1000, retry: { ifRunFails: 'dead_letter' } } as const;
    const host = hostOf(() => Promise.resolve({ kind: 'waiting' }));
    const children = await world.consume({ queue: CHILDREN, ...options }, host);
    await children.event('settled', ({ verdict }) => verdict.kind === 'parked');
    const [item] = host.runs[0]?.items ?? [];
    const { scope, key, fence, fingerprint } = liveToken(item as DeliveryItem);
    const kind = word === 'Complete' ? 'complete' : 'fail';
    const said = kind === 'fail' ? JSON.stringify({ error: { name: 'E', message: 'no' } }) : '';
    // As a process does it that dies right after.
    await withStore(world.store, (store) =>
      store.run(
        sayScript,
        [store.keys.task(scope, key), store.keys.spoken(scope)],
        [kind, said, String(fence), fingerprint, key, store.keys.words(scope), 60_000],
      ),
    );
    expect(dataOf(await parents.join()).group).toMatchObject(told);
    const spoken = new Keys(world.keys.prefix).spoken(scope);
    for (let left = 1; left > 0;) left = await world.keys.redis.scard(spoken);
  },
);

test('a run that was given up fans nothing out', async () => {
  const { host } = await world.consume({ queue: PARENTS }, new TestHost(() => undefined));
  await world.plain.publish(PARENTS, { task_id: 'master', intent: 'research' });
  await host.started(1);
  const [item] = host.runs[0]?.items ?? [];
  await speak(world, item as DeliveryItem, { kind: 'complete' });
  for (let state; state !== 'done';) {
    const [key = ''] = await world.keys.tasks();
    ({ state } = await world.keys.hash(key));
  }
  await expect(fan(world, item)).rejects.toThrow(/does not own task "master" any more \(done\)/);
  await world.plain.waitForDepth(CHILDREN, 0);
});

test.each([
  ['no children', { count: 0 }, /Children: are none/],
  ['too many', { count: 3, settings: { mostChildren: 2 } }, /Children: are 3, more than 2/],
  [
    'a child with a bad field',
    { request: (index: number) => ({ ...child(index), intent: index === 1 ? '' : 'a' }) },
    /Child 1: Intent: is empty/,
  ],
  [
    'a join that nobody could read',
    { more: { join: { data: { text: 'x'.repeat(33_000) } } } },
    /Join Data: has 33011 bytes, more than 32768/,
  ],
  [
    'a wish for more than there are',
    { settings: { joinWhen: 'at_least' as const, atLeast: 9 } },
    /At Least: is 9, and there are only 3/,
  ],
])('%s: an error, and nothing is registered or sent', async (_what, asked: Asked, told) => {
  const more = { scope: 'any', groupId: 'mine', ...asked.more };
  await expect(fan(world, undefined, { ...asked, more })).rejects.toThrow(told);
  await world.plain.waitForDepth(CHILDREN, 0);
  expect(await groupOf(world, 'mine')).toMatchObject({ state: 'unknown' });
  await expect(childrenOf(world, 'mine')).rejects.toThrow(/Group ID: "mine" is unknown/);
});
