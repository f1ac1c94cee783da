import { randomUUID } from 'node:crypto';

import {
  chain,
  completeNode,
  effectNode,
  startSwarmWorld,
  triggerNode,
  type SwarmWorld,
} from '../support/swarmWorld';
import type { N8nOptions } from '../support/n8n';

const TASKS = 1000;
const DUPLICATES = 200;
const POISON: [body: string, reason: string][] = [
  ['this is not JSON', 'not_json'],
  ['{"task_id": 7, "intent": "extract"}', 'invalid_message'],
  ['{"task_id": "no-intent"}', 'invalid_message'],
  ['["a", "list"]', 'invalid_message'],
  ['{"task_id": "when", "intent": "extract", "deadline": "soon"}', 'invalid_message'],
];

/** The main job in a real n8n, the same in both modes. */
export function mainJob(mode: Pick<N8nOptions, 'mode' | 'workers'>): void {
  let world: SwarmWorld;
  beforeAll(async () => {
    world = await startSwarmWorld(mode);
  });
  afterAll(async () => {
    await world?.stop();
  });

  async function publishTasks(queue: string): Promise<void> {
    const ids = Array.from({ length: TASKS }, (_, index) => `task-${index}`);
    const doubled = ids.filter((_, index) => index % (TASKS / DUPLICATES) === 0);
    const sending = [...ids, ...doubled].map((id) =>
      world.plain.publish(
        queue,
        { task_id: id, intent: 'extract', ref: `pg:documents/${id}` },
        { messageId: randomUUID() },
      ),
    );
    sending.push(
      ...POISON.map(([body]) => world.plain.publish(queue, body, { messageId: randomUUID() })),
    );
    await Promise.all(sending);
  }

  async function proveOnce(queue: string): Promise<void> {
    await world.witness.waitFor((seen) => seen.distinct >= TASKS, 240_000);
    await world.plain.waitForDepth(queue, 0, 30_000);
    await world.plain.waitForDepth(`${queue}.dead`, POISON.length, 30_000);
    // The last deliveries are acked after their runs have told the witness.
    await world.plain.waitForUnacked(queue, 0, 120_000);
    const counts = world.witness.counts();
    expect(counts.size).toBe(TASKS);
    expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
    expect(await world.plain.depth(queue)).toEqual({ ready: 0, consumers: 1 });
    const letters = await world.plain.drain(`${queue}.dead`);
    const reasons = letters.map(({ text, headers }) => [text, headers['x-swarm-reason']]);
    expect(reasons.sort()).toEqual([...POISON].sort());
  }

  it('1,000 references with 200 duplicates and 5 poison ones: each effect once, the 5 dead-lettered', async () => {
    const queue = 'main-job';
    const { n8n, credentials, witness } = world;
    const workflow = await n8n.api.createWorkflow(
      chain('main job', [
        // In queue mode n8n may lose the end of a run (its issue 19877): the run limit then frees its place.
        triggerNode(credentials, queue, { options: { runLimitMinutes: 1 } }),
        effectNode(witness),
        { ...completeNode(credentials) },
      ]),
    );
    await n8n.api.activate(workflow);
    await publishTasks(queue);
    await proveOnce(queue);
    const states = await Promise.all(
      (await world.keys.tasks()).map(async (key) => (await world.keys.hash(key)).state),
    );
    expect(states.filter((state) => state === 'done')).toHaveLength(TASKS);
    await n8n.api.deactivate(workflow.id);
    expect((await world.plain.depth(queue)).consumers).toBe(0);
  });

  it('a failing workflow dead-letters its task with node, workflow and execution', async () => {
    const queue = 'failing';
    const { n8n, credentials } = world;
    const workflow = await n8n.api.createWorkflow(
      chain('failing job', [
        triggerNode(credentials, queue, { ifRunFails: 'dead_letter' }),
        storeNode(credentials),
        {
          name: 'Break',
          type: 'n8n-nodes-base.stopAndError',
          typeVersion: 1,
          parameters: { errorMessage: 'the document is gone' },
        },
      ]),
    );
    await n8n.api.activate(workflow);
    await world.plain.publish(queue, { task_id: 'bad', intent: 'extract' });
    const [letter] = await world.plain.take(`${queue}.dead`, 1, 30_000);
    expect(letter?.headers['x-swarm-reason']).toBe('run_failed');
    const failure = JSON.parse(String(letter?.headers['x-swarm-failure'])) as object;
    expect(failure).toMatchObject({
      message: expect.stringContaining('the document is gone') as string,
      node: 'Break',
      workflow: expect.stringContaining('failing job') as string,
      execution: expect.stringMatching(/^\d+$/) as string,
      queue,
    });
    expect(JSON.stringify(failure)).not.toContain('errorMessage');
    await n8n.api.deactivate(workflow.id);
  });

  it('a Complete counts although the run fails after it', async () => {
    const queue = 'late-failure';
    const { n8n, credentials } = world;
    const workflow = await n8n.api.createWorkflow(
      chain('late failure', [
        triggerNode(credentials, queue),
        completeNode(credentials),
        {
          name: 'Break',
          type: 'n8n-nodes-base.stopAndError',
          typeVersion: 1,
          parameters: { errorMessage: 'after the word' },
        },
      ]),
    );
    await n8n.api.activate(workflow);
    await world.plain.publish(queue, { task_id: 'said', intent: 'extract' });
    await n8n.api.recorded(1, { workflowId: workflow.id, status: 'error' });
    await world.plain.waitForUnacked(queue, 0, 120_000);
    expect(await world.plain.depth(queue)).toEqual({ ready: 0, consumers: 1 });
    expect((await world.plain.depth(`${queue}.dead`)).ready).toBe(0);
    await n8n.api.deactivate(workflow.id);
  });
}

/** A pack node that runs before the failure, so that the execution is known. */
function storeNode(credentials: SwarmWorld['credentials']) {
  return {
    name: 'Store',
    type: 'n8n-nodes-agent-swarm.agentSwarm',
    typeVersion: 1,
    parameters: { resource: 'payload', operation: 'store' },
    credentials: { agentSwarmRedisApi: credentials.agentSwarmRedisApi },
  };
}
