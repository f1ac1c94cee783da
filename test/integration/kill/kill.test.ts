import { storeSchema } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { integrationCtl } from '../../support/integrationServers';
import type { PlainMessage } from '../../support/plainMessage';
import { startRedis, type RedisServer } from '../../support/redis';
import { newWorld, type RunningConsumer, type World } from '../../support/world';
import { startDoomed } from './doomed';
import { ENDINGS, type Ending } from './endings';
import { PARENTS } from './onlyChild';
import { DEAD_QUEUE, Stage } from './stage';

jest.setTimeout(120_000);

let world: World;
/** One server: the taps of a stage stand before it. */
let redis: RedisServer;
let store: Store;
/** Gets the joins of all groups. */
let parents: RunningConsumer;
const played: Stage[] = [];

beforeAll(async () => {
  redis = await startRedis();
  const { host, port } = redis;
  world = await newWorld({ kind: 'standalone', host, port });
  store = await Store.open(storeSchema.parse(world.store), 'once');
  parents = await world.consume({ queue: PARENTS, scope: PARENTS });
});

afterAll(async () => {
  store?.close();
  await world?.end();
  await redis?.stop();
});

/** Plays an ending once for every moment between two of its steps, kills all processes, and lets others take over. */
async function kill(ending: Ending): Promise<Stage[]> {
  const doomed = startDoomed();
  const stages = [...ending.steps, 'the end'].map(
    (_step, after) => new Stage(ending, after, world, store),
  );
  played.push(...stages);
  await Promise.all(stages.map((stage) => stage.play(doomed)));
  await doomed.kill();
  for (const stage of stages) stage.cut();
  await Promise.all(stages.map((stage) => stage.inherit()));
  return stages;
}

test.each(ENDINGS.map((ending) => [ending.name, ending.steps.length + 1, ending] as const))(
  '%s: killed at %i moments, the task ends once',
  async (_name, _moments, ending) => {
    for (const { after, point, heir } of await kill(ending)) {
      expect(point.steps).toEqual(ending.steps.slice(0, after));
      if (point.steps.includes('swarmFinish')) expect(heir?.host.runs).toEqual([]);
    }
  },
);

test('each group is joined once, with its only child in its count', async () => {
  const families = played.filter(({ ending }) => ending.child);
  await parents.settled(families.length);
  const joins = parents.host.runs.flatMap(({ items }) => items);
  const told = joins.map(({ data }) => (data as { group: Record<string, unknown> }).group);
  expect(families.length).toBeGreaterThan(10);
  expect(told.map(({ id }) => id).sort()).toEqual(families.map(({ queue }) => queue).sort());
  for (const { queue, ending } of families) {
    const { state } = ending;
    expect(told.find(({ id }) => id === queue)).toMatchObject({ closed_by: 'all', [state]: 1 });
  }
});

test('each that gave up has one letter, the others none; no message is left anywhere else', async () => {
  const left = async () => {
    const vhost = decodeURIComponent(new URL(world.vhostUrl).pathname.slice(1));
    const columns = ['name', 'messages', '--no-table-headers'];
    const rows = await integrationCtl('list_queues', '-p', vhost, ...columns);
    const all = rows
      .trim()
      .split('\n')
      .map((row) => row.split('\t'));
    return all.filter(([name, count]) => name !== DEAD_QUEUE && count !== '0');
  };
  // Copies that were sent round, and those of parked tasks, come back by then.
  for (const until = Date.now() + 45_000; (await left()).length > 0 && Date.now() < until;);
  expect(await left()).toEqual([]);

  const letters = await world.plain.drain(DEAD_QUEUE);
  const idsOf = (stage: Stage) =>
    new Set(letters.filter(isFrom(stage)).map(({ properties }) => String(properties.messageId)));
  for (const stage of played) {
    const { state, dead_id } = await stage.hash();
    const ids = [...idsOf(stage)];
    if (stage.ending.state === 'done') expect([stage.queue, ids]).toEqual([stage.queue, []]);
    else if (stage.ending.state === 'dead') expect([state, ids]).toEqual(['dead', [dead_id]]);
    else expect([stage.queue, ids.length]).toEqual([stage.queue, 1]);
  }
});

const isFrom =
  ({ queue }: Stage) =>
  ({ headers }: PlainMessage) =>
    headers['x-swarm-queue'] === queue;
