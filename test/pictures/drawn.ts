import type { Credentials } from '../../scripts/demo/workflows';
import { personalise, readExample } from '../../scripts/demo/workflows';
import type { WorkflowDraft } from '../support/n8nRecords';
import { ACTION } from '../support/swarmWorld';
import { draft, inTurn, nodesOf } from '../support/workflowNodes';

const AGENT = 'AI Agent';
const GATE = 'Rate-Limited Chat Model';
const MODEL = 'OpenAI Chat Model';

/** A note is read in n8n. */
const NOTE = 'n8n-nodes-base.stickyNote';

export async function withoutNotes(file: string, known: Credentials): Promise<WorkflowDraft> {
  const example = await readExample(file);
  const nodes = example.nodes.filter(({ type }) => type !== NOTE);
  return personalise({ ...example, nodes }, known, {});
}

/** Where the nodes of the research swarm's master stand when its agents are left out. */
const MODELS: Record<string, [number, number]> = {
  [GATE]: [980, 360],
  [MODEL]: [980, 520],
};
const AGENTS = ['Extractors', 'Extract', 'Analysers', 'Analyse', 'Complete'];

export function masterOf(swarm: WorkflowDraft): WorkflowDraft {
  const nodes = swarm.nodes
    .filter(({ name }) => !AGENTS.includes(name))
    .map((node) => ({ ...node, position: MODELS[node.name] ?? node.position }));
  const kept = (links: WorkflowDraft['connections'][string]) =>
    Object.fromEntries(
      Object.entries(links).map(([as, outputs]) => [
        as,
        outputs.map((to) => (to ?? []).filter(({ node }) => !AGENTS.includes(node))),
      ]),
    ) as typeof links;
  const connections = Object.fromEntries(
    Object.entries(swarm.connections)
      .filter(([from]) => !AGENTS.includes(from))
      .map(([from, links]) => [from, kept(links)]),
  );
  return { ...swarm, nodes, connections };
}

/** An agent that splits its work, hands some of it out and looks it up. */
export function agentWithTools(known: Credentials): WorkflowDraft {
  const { agentSwarmRabbitMqApi, agentSwarmRedisApi, openAiApi } = known;
  if (!agentSwarmRabbitMqApi || !agentSwarmRedisApi || !openAiApi) throw new Error('credentials');
  const credentials = { agentSwarmRabbitMqApi, agentSwarmRedisApi };
  const node = nodesOf(credentials, '');
  const tool = (name: string, operation: string, queue: string) => ({
    ...node.taskTool(name, operation, { queue: { __rl: true, mode: 'name', value: queue } }),
    type: `${ACTION}Tool`,
    credentials,
  });
  const tools = [
    tool('Split Among Agents', 'fanOut', 'pages'),
    tool('Hand Out', 'dispatch', 'notes'),
    tool('Look Up', 'get', 'notes'),
  ];
  const made = draft(
    'An agent with tools',
    [
      { ...node.trigger('research'), name: 'Research' },
      { ...node.agent(), name: AGENT },
      { ...node.model(openAiApi), name: MODEL },
      node.gate('gpt-5-mini', {}, GATE),
      ...tools,
    ],
    [
      ...inTurn('Research', AGENT),
      { from: MODEL, to: GATE, as: 'ai_languageModel' },
      { from: GATE, to: AGENT, as: 'ai_languageModel' },
      ...tools.map(({ name }) => ({ from: name, to: AGENT, as: 'ai_tool' }) as const),
    ],
  );
  const places: [number, number][] = [
    [0, 0],
    [240, 0],
    [120, 400],
    [120, 220],
    [440, 220],
    [620, 220],
    [780, 220],
  ];
  const nodes = made.nodes.map((each, at) => ({ ...each, position: places[at] ?? each.position }));
  return { ...made, nodes };
}
