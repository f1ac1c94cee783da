import { chain, effectNode, startSwarmWorld, triggerNode } from '../support/swarmWorld';
import type { SwarmWorld } from '../support/swarmWorld';

jest.setTimeout(300_000);

const QUEUE = 'scaled';

let world: SwarmWorld;
/** Effects of tasks named `slow-...` are answered once this was called. */
let letGo: () => void = () => undefined;
beforeAll(async () => {
  const held = new Promise<void>((resolve) => (letGo = resolve));
  world = await startSwarmWorld({
    mode: 'queue',
    workers: 1,
    witness: { answer: (key) => (key.startsWith('slow-') ? held.then(() => 200) : 200) },
  });
  const { n8n, credentials, witness } = world;
  const workflow = await n8n.api.createWorkflow(
    chain(QUEUE, [triggerNode(credentials, QUEUE), effectNode(witness)]),
  );
  await n8n.api.activate(workflow);
});
afterAll(async () => {
  letGo();
  await world?.stop();
});

async function publish(ids: readonly string[]): Promise<void> {
  const { plain } = world;
  await Promise.all(ids.map((task_id) => plain.publish(QUEUE, { task_id, intent: 'x' })));
}

/** Each effect once, nothing left anywhere, no dead letter. */
async function allDoneOnce(ids: readonly string[]): Promise<void> {
  const { plain, witness, keys } = world;
  await witness.waitFor(({ counts }) => ids.every((id) => counts().has(id)), 120_000);
  await plain.waitForUnacked(QUEUE, 0, 120_000);
  expect(ids.map((id) => witness.counts().get(id))).toEqual(ids.map(() => 1));
  expect((await plain.depth(QUEUE)).ready).toBe(0);
  expect((await plain.depth(`${QUEUE}.dead`)).ready).toBe(0);
  const states = await Promise.all((await keys.tasks()).map((key) => keys.hash(key)));
  expect(states.map(({ state, attempts }) => [state, attempts])).toEqual(
    states.map(() => ['done', '0']),
  );
}

test('the last worker is scaled down in the middle of its runs: they end, each once', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `slow-${index}`);
  await publish(ids);
  await world.witness.waitFor(({ distinct }) => distinct === ids.length, 120_000);
  const stopped = world.n8n.stopProcess('worker0');
  letGo();
  await stopped;
  await allDoneOnce(ids);
});

test('tasks that come while there is no worker wait for the first one, and run once', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `late-${index}`);
  await publish(ids);
  // The main has them in hand, and n8n's own queue has their runs.
  await world.plain.waitForUnacked(QUEUE, ids.length, 120_000);
  expect(ids.filter((id) => world.witness.counts().has(id))).toEqual([]);
  await world.n8n.restart('worker0');
  await allDoneOnce(ids);
});
