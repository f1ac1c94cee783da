import type { IDataObject } from 'n8n-workflow';

import type { N8nOptions } from '../support/n8n';
import type { CredentialReference } from '../support/n8nRecords';
import { startProvider } from '../support/provider';
import { startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';
import { draft, nodesOf, publish, type Link, type NodeDraft } from '../support/workflowNodes';
import { startOutside, type Outside } from './wordsOutside';
import { watchTasks, type Tasks } from '../support/watchTasks';

export interface Given {
  /** Options of the trigger. */
  readonly options?: object;
  /** Settings of the workflow. */
  readonly settings?: object;
}

export interface WordsWorld extends SwarmWorld, Pick<Tasks, 'inState'> {
  readonly node: ReturnType<typeof nodesOf>;
  readonly outside: Outside;
  readonly openAi: CredentialReference;
  /** Publishes a workflow that begins with the trigger of a queue, and sends it a task of that name. */
  give(queue: string, nodes: NodeDraft[], links: Link[], given?: Given): Promise<string>;
  /** The failure context of the queue's dead letter. */
  deadOf(queue: string): Promise<IDataObject>;
  /** What the witness was told of a key. */
  effectOf(key: string): Promise<IDataObject>;
  /** Items that the last node gives out in a run by hand. */
  byHand(nodes: NodeDraft[], links: Link[]): Promise<IDataObject[]>;
}

/** Errors that may pass come back soon, once. */
const SOON = { firstDelaySeconds: 0.1, attempts: 2 };
const DEAD_WAIT_MS = 40_000;

export async function startWordsWorld(
  mode: Pick<N8nOptions, 'mode' | 'workers'>,
): Promise<WordsWorld> {
  const [world, outside, provider] = await Promise.all([
    startSwarmWorld({
      ...mode,
      env: {
        EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
        EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
      },
    }),
    startOutside(),
    startProvider({
      toolCalls: ({ tools, toolResults }) =>
        toolResults.length > 0
          ? []
          : tools.map((name) => ({ name, arguments: { query: 'now', reason: 'unreadable' } })),
      faults: [{ kind: 'status', status: 429, retryAfterSeconds: 1, tasks: ['busy'], times: 1 }],
    }),
  ]);
  const { n8n, plain, witness, keys } = world;
  const node = nodesOf(world.credentials, world.witness.url);
  const tasks = await watchTasks(keys);
  const openAi = await n8n.api.createCredential({
    name: 'model',
    type: 'openAiApi',
    data: { apiKey: 'any', url: provider.url },
  });
  return {
    ...world,
    inState: tasks.inState,
    node,
    outside,
    openAi,
    async give(queue, nodes, links, { options = SOON, settings = {} } = {}) {
      const all = [node.trigger(queue, options), ...nodes];
      const { id } = await publish(n8n, draft(queue, all, links, settings));
      await plain.publish(queue, { task_id: queue, intent: 'extract' });
      return id;
    },
    async deadOf(queue) {
      const [letter] = await plain.take(`${queue}.dead`, 1, DEAD_WAIT_MS);
      return JSON.parse(String(letter?.headers['x-swarm-failure'])) as IDataObject;
    },
    async effectOf(key) {
      await witness.waitFor(({ bodies }) => bodies(key).length > 0);
      return JSON.parse(witness.bodies(key)[0] ?? '{}') as IDataObject;
    },
    async byHand(nodes, links) {
      const workflow = draft('by hand', [node.start(), ...nodes], links);
      const { id } = await n8n.api.createWorkflow(workflow);
      const { executionId } = await n8n.api.runManually(id, 'Start');
      const { data } = await n8n.api.executionEnd(String(executionId));
      expect(data?.resultData.error?.message).toBeUndefined();
      const [last] = data?.resultData.runData[nodes.at(-1)?.name ?? ''] ?? [];
      return (last?.data?.main?.[0] ?? []).map(({ json }) => json);
    },
    async stop() {
      tasks.stop();
      await outside.stop();
      await world.stop();
      await provider.stop();
    },
  };
}
