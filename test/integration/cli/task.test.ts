import { agentSwarm } from '../../../src/cli/agentSwarm';
import type { FoundTask } from '../../../src/cli/tellTask';
import type { RunEnd } from '../../../src/contract/verdicts';
import { storeFlags } from '../../support/storeAddress';
import { integrationServers } from '../../support/integrationServers';
import { newWorld, TestHost, type World } from '../../support/world';
import { CHILDREN, fan, liveToken, PARENTS } from '../group/family';
import { withStore } from '../../../src/store/pool';
import { say } from '../../../src/word/say';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** The program as a shell runs it, on the store of this test. */
async function program(...args: string[]): Promise<Answer> {
  const flags = [...storeFlags(integrationServers().store), '--prefix', world.keys.prefix];
  let [out, error] = ['', ''];
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', ...args, ...flags],
    env: {},
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

async function storyOf(key: string): Promise<FoundTask[]> {
  const { code, out } = await program('task', key, '--json');
  expect(code).toBe(0);
  return JSON.parse(out) as FoundTask[];
}

const failed = (message: string): RunEnd => ({ kind: 'failed', error: { name: 'Error', message } });
const SOON = { retry: { baseMs: 100, capMs: 100 } };
const anyTime = expect.stringMatching(/^\d{4}-.*Z$/) as string;

test('the story of a task that failed once, fanned out and was done', async () => {
  const host = new TestHost(([item]) => {
    if (item?.intent === 'join') return { kind: 'succeeded' };
    return item?.swarm.attempt === 1 ? failed('no model') : undefined;
  });
  const { settled } = await world.consume({ queue: PARENTS, ...SOON }, host);
  const agents = await world.consume({ queue: CHILDREN });
  const sent = { messageId: 'm', timestamp: Math.floor(Date.now() / 1000) };
  await world.plain.publish(PARENTS, { task_id: 'm', intent: 'plan' }, sent);
  await host.started(2);
  const { group_id: id } = await fan(world, host.runs[1]?.items[0], { count: 2 });
  await agents.settled(2);
  host.runs[1]?.end({ kind: 'succeeded' });
  await settled(3);
  const [task, ...others] = await storyOf('m');
  expect(others).toEqual([]);
  expect(task).toMatchObject({ key: 'm', queue: PARENTS, state: 'done', attempts: 1 });
  expect(task?.story).toEqual([
    { at: anyTime, event: 'dispatched' },
    { at: anyTime, event: 'delivered', attempt: 1 },
    { at: anyTime, event: 'failed', error: 'no model', due: anyTime },
    { at: anyTime, event: 'delivered', attempt: 2 },
    { event: 'fanned_out', group: expect.objectContaining({ group_id: id, total: 2, done: 2 }) },
    { at: anyTime, event: 'done' },
  ]);
  const { out } = await program('task', 'm');
  expect(out).toMatch(/^m in queue parents of \S+: done \(failed 1, put off 0, crashed 0\)$/m);
  expect(out).toMatch(/^ {2}\S+Z +\S+ {2}failed, no model, until \S+Z$/m);
  expect(out).toContain(`fanned out, group ${id} (closed): 2 children, 2 done`);
  expect(out).toMatch(/done\n$/);
});

test('of one that stood at a Wait node, with its result; and of one that gave up', async () => {
  const host = new TestHost(([item]) =>
    item?.task_id === 'w' ? { kind: 'waiting' } : failed('not found'),
  );
  const { settled } = await world.consume({ retry: { ifRunFails: 'dead_letter' } }, host);
  for (const id of ['w', 'd']) {
    await world.plain.publish('work', { task_id: id, intent: 'x' }, { messageId: id });
  }
  await settled(2);
  const waiting = host.runs.find(({ items }) => items[0]?.task_id === 'w')?.items[0];
  const { out } = await program('task', 'w');
  expect(out).toMatch(
    /put off, stands at a Wait node, until \S+\n {2}waits for a word until \S+\n$/,
  );
  if (!waiting) throw new Error('no run');
  const result = { approved: true };
  await withStore(world.store, (store) =>
    say(store, liveToken(waiting), { kind: 'complete', result }),
  );
  const [done] = await storyOf('w');
  expect(done).toMatchObject({ state: 'done', result });
  expect(done?.story.map(({ event }) => event)).toEqual(['delivered', 'put_off', 'done']);
  const [dead] = await storyOf('d');
  expect(dead).toMatchObject({ state: 'dead', reason: 'run_failed', message: 'not found' });
  expect(dead?.story.at(-1)).toEqual({
    at: anyTime,
    event: 'dead',
    reason: 'run_failed',
    error: 'not found',
  });
});

test('of one whose process vanished', async () => {
  const host = new TestHost(() => undefined);
  await world.consume({ leaseMs: 600_000 }, host);
  const body = { task_id: 'v', intent: 'x' };
  await world.plain.publish('work', body, { messageId: 'one' });
  await host.started(1);
  const [key] = await world.keys.tasks();
  await world.keys.redis.hset(key as string, 'until', '1');
  await world.plain.publish('work', body, { messageId: 'two' });
  await host.started(2);
  const [task] = await storyOf('v');
  expect(task).toMatchObject({ state: 'live', crashes: 1 });
  expect(task?.story.slice(1)).toEqual([
    { at: anyTime, event: 'put_off', error: 'its process vanished' },
    { at: anyTime, event: 'delivered', attempt: 1 },
  ]);
  expect((await program('task', 'v')).out).toContain('  runs now; its lease lasts until ');
});

test('a key in two queues is told twice, or of the one that is named', async () => {
  const one = await world.consume({ queue: 'one' });
  const two = await world.consume({ queue: 'two' });
  for (const queue of ['one', 'two']) {
    await world.plain.publish(queue, { task_id: 'both', intent: 'x' }, { messageId: queue });
  }
  await Promise.all([one.settled(1), two.settled(1)]);
  expect((await storyOf('both')).map(({ queue }) => queue)).toEqual(['one', 'two']);
  const { out } = await program('task', 'both', '--queue', 'two', '--json');
  expect(JSON.parse(out)).toMatchObject([{ queue: 'two', vhost: world.broker.vhost }]);
});

test('what nobody knows is said, and is no success', async () => {
  const { code, out } = await program('task', 'nothing');
  expect(code).toBe(1);
  expect(out).toContain('No queue knows a task "nothing"');
});
