import type { N8nHost } from './n8n';
import type { SavedWorkflow, WorkflowDraft } from './n8nRecords';
import { newestAgent } from './newestAgent';
import { ACTION, TRIGGER, type Credentials } from './swarmWorld';

const GATE = 'n8n-nodes-agent-swarm.rateLimitedChatModel';

type Node = WorkflowDraft['nodes'][number];
export type NodeDraft = Omit<Node, 'id' | 'position'>;

/** From one node to the next: of the first output, or as what it serves an agent with. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly output?: number;
  /** Of several inputs of one kind, such as the fallback model of an agent. */
  readonly input?: number;
  readonly as?: 'ai_tool' | 'ai_languageModel';
}

/** `a -> b -> c` */
export const inTurn = (...names: string[]): Link[] =>
  names.slice(1).map((to, index) => ({ from: names[index] ?? '', to }));

export function draft(
  name: string,
  nodes: readonly NodeDraft[],
  links: readonly Link[],
  settings: WorkflowDraft['settings'] = {},
): WorkflowDraft {
  const connections: WorkflowDraft['connections'] = {};
  for (const { from, to, output = 0, input = 0, as = 'main' } of links) {
    const outputs = ((connections[from] ??= {})[as] ??= []);
    while (outputs.length <= output) outputs.push([]);
    outputs[output]?.push({ node: to, type: as, index: input });
  }
  return {
    name,
    nodes: nodes.map((node, index) => ({
      ...node,
      id: `node-${index}`,
      position: [index * 200, 0] as [number, number],
    })),
    connections,
    settings: { executionOrder: 'v1', ...settings },
  };
}

export async function publish({ api }: N8nHost, made: WorkflowDraft): Promise<SavedWorkflow> {
  const workflow = await api.createWorkflow(made);
  await api.activate(workflow);
  return workflow;
}

const base = (
  name: string,
  type: string,
  typeVersion: number,
  parameters: object,
  more: Partial<NodeDraft> = {},
): NodeDraft => ({
  name,
  type,
  typeVersion,
  parameters: parameters as Node['parameters'],
  ...more,
});

/** Output 0 when both are equal, else 1. */
const when = (name: string, leftValue: string, rightValue: string | number): NodeDraft =>
  base(name, 'n8n-nodes-base.if', 2.2, {
    conditions: {
      options: { caseSensitive: true, typeValidation: 'strict', version: 2 },
      combinator: 'and',
      conditions: [
        {
          id: 'a',
          leftValue,
          rightValue,
          operator: { type: typeof rightValue, operation: 'equals' },
        },
      ],
    },
  });

/** Node drafts with these credentials, and a witness at that address. */
export function nodesOf(credentials: Credentials, witnessUrl: string) {
  const store = { agentSwarmRedisApi: credentials.agentSwarmRedisApi };
  return {
    trigger: (queue: string, options: object = {}, first: object = {}) =>
      base('Trigger', TRIGGER, 1, { queue, prefetch: 5, ...first, options }, { credentials }),
    task: (name: string, operation: string, parameters: object = {}) =>
      base(name, ACTION, 1, { resource: 'task', operation, ...parameters }, { credentials: store }),
    /** The same, as agents get it. */
    taskTool: (name: string, operation: string, parameters: object = {}) =>
      base(
        name,
        `${ACTION}Tool`,
        1,
        { resource: 'task', operation, ...parameters },
        {
          credentials: store,
        },
      ),
    http: (name: string, url: string, more: Partial<NodeDraft> = {}) =>
      base(name, 'n8n-nodes-base.httpRequest', 4.2, { url, options: {} }, more),
    /** Tells the witness, with the item as the body. */
    effect: (key = '{{ $json.task_id }}', body = '={{ JSON.stringify($json) }}') =>
      base('Effect', 'n8n-nodes-base.httpRequest', 4.2, {
        method: 'POST',
        url: `=${witnessUrl}/effects/${key}`,
        sendBody: true,
        specifyBody: 'json',
        jsonBody: body,
        options: {},
      }),
    stop: (errorMessage = 'after the word') =>
      base('Break', 'n8n-nodes-base.stopAndError', 1, { errorMessage }),
    /** Other data: nothing of the task is left in the item. */
    forget: () =>
      base('Forget', 'n8n-nodes-base.set', 3.4, { mode: 'raw', jsonOutput: '{"other": true}' }),
    /** Output 0 on the first attempt, 1 later. */
    firstAttempt: () => when('First?', '={{ $json.swarm.attempt }}', 1),
    when,
    wait: () => base('Wait', 'n8n-nodes-base.wait', 1.1, { resume: 'webhook', options: {} }),
    called: () =>
      base('Called', 'n8n-nodes-base.executeWorkflowTrigger', 1.1, { inputSource: 'passthrough' }),
    call: (id: string) =>
      base('Call', 'n8n-nodes-base.executeWorkflow', 1.2, {
        workflowId: reference(id),
        options: {},
      }),
    callTool: (id: string) =>
      base('Ask', '@n8n/n8n-nodes-langchain.toolWorkflow', 2.2, {
        description: 'Ends the task',
        workflowId: reference(id),
        workflowInputs: { mappingMode: 'defineBelow', value: {}, schema: [] },
      }),
    agent: () =>
      base('Agent', '@n8n/n8n-nodes-langchain.agent', newestAgent(), {
        promptType: 'define',
        text: 'Do what your tool is for.',
        options: {},
      }),
    chain: () =>
      base('Chain', '@n8n/n8n-nodes-langchain.chainLlm', 1.7, {
        promptType: 'define',
        text: "=task_id: {{ $('Trigger').item.json.task_id }}",
        batching: {},
      }),
    model: (openAiApi: { id: string; name: string }) =>
      base(
        'Model',
        '@n8n/n8n-nodes-langchain.lmChatOpenAi',
        1.3,
        { model: { __rl: true, mode: 'list', value: 'gpt-5-mini' }, options: {} },
        { credentials: { openAiApi } },
      ),
    /** Every call of the model below it waits for this budget. */
    gate: (budget: string, parameters: object = {}, name = 'Gate') =>
      base(
        name,
        GATE,
        1,
        { budget: { __rl: true, mode: 'name', value: budget }, ...parameters },
        { credentials: store },
      ),
    start: () => base('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
  };
}

const reference = (value: string) => ({ __rl: true, mode: 'id', value });
