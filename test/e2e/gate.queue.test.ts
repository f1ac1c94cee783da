import { newestAgent } from '../support/newestAgent';
import { startProvider } from '../support/provider';
import { draft, inTurn, publish } from '../support/workflowNodes';
import {
  agentRoot,
  calculator,
  chainRoot,
  made,
  MODEL_LINKS,
  openAiModel,
  TOOL_LINK,
} from './gateConsumers';
import { CALLS_OF_AN_AGENT, startGateWorld, TWO_TOOL_CALLS, type GateWorld } from './gateWorld';
import { watchTasks, type Tasks } from '../support/watchTasks';

jest.setTimeout(240_000);

const TASKS = 200;
/** So many that the last third of the calls has to wait for the next minute. */
const REQUESTS = 400;
/** More than this many agents at once would only wait for a worker. */
const PREFETCH = 6;
const PROVIDER = { requestsPerMinute: REQUESTS, countAt: 'answer', latencyMs: 20 } as const;

let world: GateWorld;
let tasks: Tasks;
beforeAll(async () => {
  world = await startGateWorld({ mode: 'queue', workers: 2 }, PROVIDER);
  tasks = await watchTasks(world.keys);
});
afterAll(async () => {
  tasks?.stop();
  await world?.stop();
});

/** Agents that call their tool twice, in a workflow of the queue. */
async function publishAgents(queue: string, gated: boolean, openAi = world.openAi) {
  const { node, n8n } = world;
  const model = { model: { __rl: true, mode: 'list', value: 'shared' }, options: {} };
  const nodes = [
    node.trigger(queue, {}, { prefetch: PREFETCH, ifRunFails: 'dead_letter' }),
    agentRoot(newestAgent()),
    made('Model', 'lmChatOpenAi', 1.3, model, { openAiApi: openAi }),
    calculator(),
    node.effect("{{ $('Trigger').item.json.task_id }}", '={{ $json }}'),
    ...(gated ? [node.gate('shared')] : []),
  ];
  const plain = { from: 'Model', to: 'Root', as: 'ai_languageModel' } as const;
  const models = gated ? MODEL_LINKS : [plain];
  const links = [...inTurn('Trigger', 'Root', 'Effect'), TOOL_LINK, ...models];
  const workflow = await publish(n8n, draft(queue, nodes, links));
  return { stop: () => n8n.api.deactivate(workflow.id) };
}

const give = (queue: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      world.plain.publish(queue, { task_id: `${queue}-${index}`, intent: 'add' }),
    ),
  );

test('200 agents of two workflows on one budget: nothing is rejected, and every call was granted', async () => {
  const { budgets, provider, witness, n8n } = world;
  // What a day has is never taken off within the test: it counts every grant.
  const limits = { minute: { requests: REQUESTS }, day: { requests: 1_000_000 } };
  await budgets.create('shared', limits, { ifThere: 'keep', isNew: true });
  const queues = ['gated-a', 'gated-b'];
  await Promise.all(queues.map((queue) => publishAgents(queue, true)));
  await Promise.all(queues.map((queue) => give(queue, TASKS / 2)));
  await provider.waitFor((calls) => calls.length >= REQUESTS, 120_000);

  // While they wait for the next minute: the same without the gate.
  const other = await startProvider({ ...PROVIDER, toolCalls: TWO_TOOL_CALLS });
  const data = { apiKey: 'any', url: other.url };
  const openAi = await n8n.api.createCredential({ name: 'other', type: 'openAiApi', data });
  const free = await publishAgents('free', false, openAi);
  await give('free', TASKS);
  await other.waitFor((calls) => calls.some(({ refusedBy }) => refusedBy), 60_000);
  await free.stop();
  await other.stop();

  const done = () => [...witness.counts().keys()].filter((key) => key.startsWith('gated'));
  await witness.waitFor(() => done().length >= TASKS, 120_000);
  expect(provider.calls.filter(({ refusedBy }) => refusedBy)).toEqual([]);
  expect(provider.calls).toHaveLength(TASKS * CALLS_OF_AN_AGENT);
  expect((await budgets.state('shared'))?.day.requests).toBe(TASKS * CALLS_OF_AN_AGENT);
});

/** A chain below the gate, in a workflow that gives up at the first attempt that fails. */
async function publishChain(queue: string, gate: object = {}) {
  const { node, n8n } = world;
  const nodes = [
    node.trigger(queue, { attempts: 1 }),
    chainRoot(),
    node.gate(queue, gate),
    openAiModel(world, queue),
  ];
  await publish(n8n, draft(queue, nodes, [...inTurn('Trigger', 'Root'), ...MODEL_LINKS]));
}

test('a wait that takes too long is throttled, and no attempt is counted', async () => {
  const { budgets, provider } = world;
  const limits = { minute: { requests: 100 }, adaptive: null };
  await budgets.create('patient', limits, { ifThere: 'keep', isNew: true });
  await publishChain('patient', { longestWaitMinutes: 0 });
  provider.configure({ requestsPerMinute: undefined });
  await budgets.block('patient', 3000);
  await give('patient', 1);
  const { throttles, attempts } = await tasks.inState('patient', 'done');
  expect([Number(throttles) > 0, Number(attempts)]).toEqual([true, 0]);
});

test('a call larger than the budget is given up at once, with the figures', async () => {
  const { budgets, plain } = world;
  const limits = { minute: { total: 1000 } };
  await budgets.create('narrow', limits, { ifThere: 'keep', isNew: true });
  await publishChain('narrow');
  await give('narrow', 1);
  const [letter] = await plain.take('narrow.dead', 1, 30_000);
  expect(JSON.parse(String(letter?.headers['x-swarm-failure']))).toMatchObject({
    reason: 'run_failed',
    http_status: 413,
    message: expect.stringContaining('Tokens per Minute is 1000'),
  });
});
