import type { Word } from '../../../src/contract/verdicts';
import { writeSaid } from '../../../src/contract/word';
import { TestHost, type World } from '../../support/world';
import { inSteadyWorlds } from './steadyWorld';

let world: World;
inSteadyWorlds((fresh) => {
  world = fresh;
});

const forever = () => new TestHost(() => undefined);
const send = (id: string) => world.plain.publish('work', { task_id: id, intent: 'extract' });

/** Of the task whose key ends so. */
async function hashOf(id: string): Promise<Record<string, string>> {
  const key = (await world.keys.tasks()).find((name) => name.endsWith(`:${id}`));
  return key ? await world.keys.hash(key) : {};
}

async function inState(id: string, wanted: string): Promise<void> {
  for (let state; state !== wanted;) ({ state } = await hashOf(id));
}

const failed: Word = { kind: 'fail', error: { name: 'Error', message: 'no' } };

test.each([
  ['before the Fail it said was heard', 'unheard'],
  ['after the run limit, when its Fail was settled', 'settled'],
])('a success of the run %s does not undo it', async (_when, fail) => {
  const options = { runLimitMs: 1000, retry: { baseMs: 1000, factor: 1 } };
  const { host, event } = await world.consume(options, forever());
  await send('a');
  await host.started(1);
  const [key] = await world.keys.tasks();
  // Said, and its notification lost.
  await world.keys.redis.hset(key as string, { word: failed.kind, said: writeSaid(failed) });
  if (fail === 'settled') await inState('a', 'retrying');
  host.runs[0]?.end({ kind: 'succeeded' });
  expect((await event('settled')).verdict).toMatchObject({ kind: 'retried', counts: true });
  await host.started(2);
  host.runs[1]?.end({ kind: 'succeeded' });
  await inState('a', 'done');
});

test('another process settled what the run said: its success does not undo it', async () => {
  const { host, happened } = await world.consume({ retry: { baseMs: 1000, factor: 1 } }, forever());
  await send('a');
  await host.started(1);
  const { fence = '' } = await hashOf('a');
  const [key] = await world.keys.tasks();
  // As the other one leaves it: the copy is on its way.
  const due = String(Date.now() + 60_000);
  const other = {
    state: 'retrying',
    spoke: fence,
    next: 'copy',
    from: 'gone',
    due,
    published: '1',
  };
  await world.keys.redis.hset(key as string, other);
  host.runs[0]?.end({ kind: 'succeeded' });
  // Its delivery is a duplicate by now.
  await world.plain.waitForUnacked('work', 0);
  expect((await hashOf('a')).state).toBe('retrying');
  expect(
    happened.flatMap(({ name, event }) => (name === 'settled' ? [event.verdict] : [])),
  ).toEqual([{ kind: 'dropped', state: 'retrying' }]);
});

test('a task that was completed does not come back to life when Redis loses its data while its run goes on', async () => {
  const { host } = await world.consume({ leaseMs: 1000 }, forever());
  await send('over');
  await send('alive');
  await host.started(2);
  const [key] = (await world.keys.tasks()).filter((name) => name.endsWith(':over'));
  await world.keys.redis.hset(key as string, { word: 'complete' });
  await inState('over', 'done');
  await world.keys.clear();
  // Both are renewed by one script.
  await inState('alive', 'live');
  expect(await hashOf('over')).toEqual({});
});
