import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CredentialReference, N8nApi, WorkflowDraft } from '../../test/support/n8nApi';

type Node = WorkflowDraft['nodes'][number];

/** Operations that need RabbitMQ. */
const SENDING: ReadonlySet<string> = new Set([
  'dispatch',
  'fanOut',
  'handOver',
  'discard',
  'getLetter',
  'getMany',
  'replay',
]);

const EXAMPLES = resolve(__dirname, '../../examples');

/** Ids of credentials by the type that nodes ask for. */
export type Credentials = Record<string, CredentialReference>;

export async function readExample(file: string): Promise<WorkflowDraft> {
  return JSON.parse(await readFile(resolve(EXAMPLES, file), 'utf8')) as WorkflowDraft;
}

/** Which credentials a node asks for; an importing person picks them by hand. */
function wantedBy({ type, parameters }: Node): string[] {
  switch (type) {
    case 'n8n-nodes-agent-swarm.agentSwarmMonitorTrigger':
    case 'n8n-nodes-agent-swarm.agentSwarmTrigger':
      return ['agentSwarmRabbitMqApi', 'agentSwarmRedisApi'];
    case 'n8n-nodes-agent-swarm.agentSwarm':
      return SENDING.has(parameters.operation as string)
        ? ['agentSwarmRabbitMqApi', 'agentSwarmRedisApi']
        : ['agentSwarmRedisApi'];
    case 'n8n-nodes-agent-swarm.rateLimitedChatModel':
      return ['agentSwarmRedisApi'];
    case '@n8n/n8n-nodes-langchain.lmChatOpenAi':
      return ['openAiApi'];
    case 'n8n-nodes-base.postgres':
      return ['postgres'];
    case 'n8n-nodes-base.s3':
      return ['s3'];
    default:
      return [];
  }
}

/** The example as it is imported, with credentials and what `changes` lays over nodes by name. */
export function personalise(
  example: WorkflowDraft,
  credentials: Credentials,
  changes: Record<string, Record<string, unknown>>,
): WorkflowDraft {
  for (const name of Object.keys(changes)) {
    if (!example.nodes.some((node) => node.name === name)) {
      throw new Error(`The example "${example.name}" has no node "${name}"`);
    }
  }
  const nodes = example.nodes.map((node) => ({
    ...node,
    ...credentialsOf(node, credentials),
    parameters: { ...node.parameters, ...changes[node.name] } as Node['parameters'],
  }));
  return { ...example, nodes };
}

function credentialsOf(node: Node, known: Credentials): Pick<Node, 'credentials'> {
  const wanted = wantedBy(node);
  if (wanted.length === 0) return {};
  const pairs = wanted.map((type) => [type, known[type]] as const);
  return { credentials: Object.fromEntries(pairs) as Node['credentials'] };
}

/** Runs the dispatching workflow as a person would and returns how many tasks went out. */
export async function runDispatch(
  api: N8nApi,
  workflowId: string,
  trigger: string,
  dispatcher: string,
): Promise<number> {
  const { executionId } = await api.runManually(workflowId, trigger);
  if (!executionId) throw new Error('n8n started no execution of the dispatching workflow');
  const { status, data } = await api.executionEnd(executionId, 120_000);
  const error = data?.resultData.error;
  if (status !== 'success') {
    throw new Error(
      `The dispatching workflow ended with ${status}: ${error?.message ?? 'no error told'}`,
    );
  }
  const [run] = data?.resultData.runData[dispatcher] ?? [];
  const items = run?.data?.main?.[0] ?? [];
  return items.filter(({ json }) => typeof json.message_id === 'string').length;
}
