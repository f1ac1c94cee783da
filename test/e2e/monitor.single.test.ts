import { Budgets } from '../../src/budget/budgets';
import { storeSchema } from '../../src/contract/settings';
import { closeIdleStores, withStore } from '../../src/store/pool';
import type { SavedWorkflow } from '../support/n8nRecords';
import { connectPlainBroker } from '../support/plainBroker';
import {
  brokerCredential,
  chain,
  effectNode,
  startSwarmWorld,
  STORE_PREFIX,
  triggerNode,
  type SwarmWorld,
} from '../support/swarmWorld';

jest.setTimeout(300_000);

let world: SwarmWorld;
/** Runs of tasks named `slow` stay open until this is called. */
let letGo: () => void = () => undefined;
beforeAll(async () => {
  const held = new Promise<void>((resolve) => (letGo = resolve));
  world = await startSwarmWorld({
    mode: 'single',
    env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all', EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true' },
    witness: { answer: (key) => (key === 'slow' ? held.then(() => 200) : 200) },
  });
});
afterAll(async () => {
  letGo();
  await closeIdleStores();
  await world?.stop();
});

/** Quick enough for a test: begins after a second, ends after one. */
const QUICK = { beginSeconds: 1, endSeconds: 1, everySeconds: 1 };

const monitorNode = (parameters: { watch?: string[]; queues?: string; options?: object }) => ({
  name: 'Monitor',
  type: 'n8n-nodes-agent-swarm.agentSwarmMonitorTrigger',
  typeVersion: 1,
  parameters: { ...parameters, options: { ...QUICK, ...parameters.options } },
  credentials: world.credentials,
});

/** Tells the witness of what it was started for, such as `began.depth.work`. */
const tellNode = () => {
  const effect = effectNode(world.witness);
  const url = `=${world.witness.url}/effects/{{ $json.change }}.{{ $json.trouble }}.{{ $json.name }}`;
  return { ...effect, parameters: { ...effect.parameters, url } };
};

async function publishMonitor(
  name: string,
  parameters: Parameters<typeof monitorNode>[0] = {},
): Promise<SavedWorkflow> {
  const { api } = world.n8n;
  const workflow = await api.createWorkflow(chain(name, [monitorNode(parameters), tellNode()]));
  await api.activate(workflow);
  return workflow;
}

async function worker(queue: string, parameters: object = {}): Promise<SavedWorkflow> {
  const { n8n, credentials, witness } = world;
  return await n8n.api.createWorkflow(
    chain(queue, [triggerNode(credentials, queue, parameters), effectNode(witness)]),
  );
}

const began = (what: string) => told(`began.${what}`);
const ended = (what: string) => told(`ended.${what}`);

async function told(what: string): Promise<Record<string, unknown>> {
  await world.witness.waitFor(({ counts }) => counts().has(what), 60_000);
  return JSON.parse(world.witness.bodies(what)[0] ?? '') as Record<string, unknown>;
}

/** Nothing is handed out any more: n8n has the run, and a crash does not make it be told again. */
async function isTaken({ id }: SavedWorkflow): Promise<boolean> {
  const hash = await world.keys.hash(`${STORE_PREFIX}:1:{monitor|${id}/node-0}:alarms`);
  return 'looked' in hash && !Object.keys(hash).some((field) => field.startsWith('tell:'));
}

/** Everything a monitor was started for, by how often. */
const allTold = (of = '') =>
  Object.fromEntries(
    [...world.witness.counts()].filter(([key]) => /^(began|ended)\./.test(key) && key.endsWith(of)),
  );

const twice = (...names: string[]) =>
  Object.fromEntries(
    names.flatMap((one) => [`began.${one}`, `ended.${one}`]).map((key) => [key, 1]),
  );

const send = (queue: string, task_id: string, timestamp?: number) =>
  world.plain.publish(queue, { task_id, intent: 'x' }, { messageId: task_id, timestamp });

test('a state that stood before n8n was killed is not told again, and its end is', async () => {
  const { n8n, plain } = world;
  const named = await publishMonitor('named', { watch: ['no_consumers'], queues: 'named' });
  expect(await began('no_consumers.named')).toMatchObject({ name: 'named' });
  while (!(await isTaken(named))) await n8n.api.executions();
  await n8n.kill('main');
  await n8n.restartMain();
  const consumer = await worker('named');
  await n8n.api.activate(consumer);
  await ended('no_consumers.named');
  expect(allTold('.named')).toEqual(twice('no_consumers.named'));
  await n8n.api.deactivate(named.id);
  await n8n.api.deactivate(consumer.id);
  await plain.waitForConsumers('named', 0);
});

test('by hand it looks once: what is in trouble now, or that all is well', async () => {
  const { n8n, credentials } = world;
  const shown = async (parameters: Parameters<typeof monitorNode>[0], more: object = {}) => {
    const node = { ...monitorNode(parameters), ...more };
    const end = { name: 'End', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
    const workflow = await n8n.api.createWorkflow(chain('by hand', [node, end]));
    const { executionId } = await n8n.api.runManually(workflow.id, 'Monitor');
    const { data } = await n8n.api.executionEnd(String(executionId));
    return data?.resultData.runData.Monitor?.[0]?.data?.main?.[0]?.map(({ json }) => json);
  };
  expect(await shown({ watch: ['no_consumers'], queues: 'nobody' })).toEqual([
    expect.objectContaining({ trouble: 'no_consumers', change: 'began', name: 'nobody' }),
  ]);
  expect(await shown({ watch: ['redis_away'] })).toEqual([
    expect.objectContaining({ trouble: 'none', text: expect.stringMatching(/^Nothing/) as string }),
  ]);
  const nowhere = await n8n.api.createCredential(brokerCredential(1));
  const away = { credentials: { ...credentials, agentSwarmRabbitMqApi: nowhere } };
  expect(await shown({ watch: ['rabbitmq_away'] }, away)).toEqual([
    expect.objectContaining({ trouble: 'rabbitmq_away' }),
  ]);
});

test('every state of queues, budgets and servers, caused for real, starts the workflow once at its beginning and once at its end', async () => {
  const { n8n, plain, broker, redis } = world;
  const work = await worker('work', { prefetch: 1, ifRunFails: 'dead_letter' });
  await n8n.api.activate(work);
  const options = { depth: 2, ageMinutes: 0.05, stalledMinutes: 0.05, quietMinutes: 60 };
  await publishMonitor('watch', { options });

  // Poison, and the desk is cleared.
  await plain.publish('work', 'poison');
  expect(await began('dead_letters.work')).toMatchObject({ value: 1, of: 'queue', vhost: '/' });
  await plain.drain('work.dead');
  expect(await ended('dead_letters.work')).toMatchObject({ value: 0 });

  // A run that fills the only slot.
  const sent = Math.floor(Date.now() / 1000) - 60;
  await send('work', 'slow', sent);
  await world.witness.waitFor(({ counts }) => counts().has('slow'));
  for (const id of ['a', 'b', 'c']) await send('work', id, sent);
  await Promise.all(['depth.work', 'age.work', 'stalled.work'].map(began));
  letGo();
  await Promise.all(['depth.work', 'age.work', 'stalled.work'].map(ended));

  // The workflow is unpublished, and published again.
  await n8n.api.deactivate(work.id);
  await send('work', 'd');
  expect(await began('no_consumers.work')).toMatchObject({ value: 0, limit: 1, ended_at: null });
  await n8n.api.activate(work);
  const over = await ended('no_consumers.work');
  expect(over.text).toMatch(/^Over after \d+ seconds?: Queue "work" has 1 consumer,/);

  // A provider that pushes back, and a day that is used up.
  const store = storeSchema.parse({
    kind: 'standalone',
    host: '127.0.0.1',
    port: redis.port,
    prefix: STORE_PREFIX,
  });
  await withStore(store, async (open) => {
    const budgets = new Budgets(open);
    await budgets.create('gpt', { day: { requests: 10 } }, { ifThere: 'keep', isNew: true });
    await budgets.block('gpt', 60_000);
    await began('budget_blocked.gpt');
    await budgets.switch('gpt', 'unblock');
    await ended('budget_blocked.gpt');
    await budgets.reserve('gpt', { id: 'all', requests: 10 });
    expect(await began('budget_used_up.gpt')).toMatchObject({ value: 100, limit: 90 });
    await budgets.create('gpt', { day: { requests: 100 } }, { ifThere: 'update' });
    await ended('budget_used_up.gpt');
  });

  // The broker crashes and comes back.
  await broker.kill();
  await began('rabbitmq_away.rabbitmq');
  await broker.start();
  await ended('rabbitmq_away.rabbitmq');

  // Redis crashes; n8n is restarted meanwhile; Redis comes back.
  await redis.kill();
  await began('redis_away.redis');
  await n8n.restartMain();
  await redis.start();
  await ended('redis_away.redis');

  const again = await connectPlainBroker(broker.url, broker.node);
  await again.publish('work', { task_id: 'last', intent: 'x' });
  await again.close();
  await world.witness.waitFor(({ counts }) => counts().has('last'), 60_000);
  expect(allTold()).toEqual(
    twice(
      ...['dead_letters.work', 'depth.work', 'age.work', 'stalled.work', 'no_consumers.work'],
      ...['budget_blocked.gpt', 'budget_used_up.gpt'],
      ...['rabbitmq_away.rabbitmq', 'redis_away.redis'],
      'no_consumers.named',
    ),
  );
});
