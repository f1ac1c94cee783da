import { TOOLS } from '../../nodes/AgentSwarm/tools';
import { startProvider, type Provider } from '../support/provider';
import type { Ask } from '../support/provider/ask';
import { ACTION, startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';
import { watchTasks, type Tasks } from '../support/watchTasks';
import { draft, inTurn, nodesOf, publish, type NodeDraft } from '../support/workflowNodes';

jest.setTimeout(300_000);

const PARTS = [
  { intent: 'extract', ref: 'a' },
  { intent: 'extract', ref: 'b', data: { pages: 3 } },
];
const LONG = 'x'.repeat(5000);

let world: SwarmWorld;
let provider: Provider;
let tasks: Tasks;
/** What models were asked, in order. */
const asked: Ask[] = [];

/** A master that hands a note to others, splits the rest, and looks the note up; a joiner that reads what came of it. */
function calls(ask: Ask): { name: string; arguments: Record<string, unknown> }[] {
  asked.push(ask);
  const { text, toolResults } = ask;
  const [first] = toolResults;
  if (text.startsWith('Master')) {
    if (first === undefined) {
      return [
        { name: 'Hand_Out', arguments: { intent: 'note', data: '{"page": 3}' } },
        { name: 'Split', arguments: { children: PARTS } },
      ];
    }
    if (toolResults.length > 2) return [];
    const { key } = firstOf(first) as { key: string };
    return [{ name: 'Look_Up', arguments: { key } }];
  }
  if (text.startsWith('Triage')) return triage(toolResults);
  if (toolResults.length > 1) return [];
  const [, group] = /Group: (\S+)/.exec(text) ?? [];
  return first === undefined
    ? [{ name: 'Read', arguments: { group_id: group } }]
    : [{ name: 'Finish', arguments: { result: 'the report, as text' } }];
}

/** Reads what gave up, and sends again what a server that was away made fail. */
function triage([list, ...others]: readonly string[]): ReturnType<typeof calls> {
  if (list === undefined) return [{ name: 'What_Gave_Up', arguments: {} }];
  if (others.length > 0) return [];
  const letters = JSON.parse(list) as { id: string; message: string }[];
  const passed = letters.find(({ message }) => message.includes('was away'));
  return [{ name: 'Send_Again', arguments: { letter_id: passed?.id } }];
}

/** n8n gives a model the items of a tool as JSON. */
function firstOf(answer: string): unknown {
  const read: unknown = JSON.parse(answer);
  return Array.isArray(read) ? (read[0] as unknown) : read;
}

/** Nodes of this n8n, with a model that the provider stands in for. */
async function drafts() {
  const { n8n, credentials, witness } = world;
  const openAi = await n8n.api.createCredential({
    name: 'model',
    type: 'openAiApi',
    data: { apiKey: 'any', url: provider.url },
  });
  const node = nodesOf(credentials, witness.url);
  return {
    node,
    model: node.model(openAi),
    tool: (name: string, resource: string, operation: string, more = {}): NodeDraft => ({
      name,
      type: `${ACTION}Tool`,
      typeVersion: 1,
      parameters: { resource, operation, ...more },
      credentials,
    }),
    agent: (name: string, text: string): NodeDraft => {
      const made = node.agent();
      return { ...made, name, parameters: { ...made.parameters, text } };
    },
    serving: (to: string, ...tools: string[]) => [
      { from: 'Model', to, as: 'ai_languageModel' } as const,
      ...tools.map((from) => ({ from, to, as: 'ai_tool' }) as const),
    ],
  };
}

let nodes: Awaited<ReturnType<typeof drafts>>;
beforeAll(async () => {
  provider = await startProvider({ toolCalls: calls });
  world = await startSwarmWorld({ mode: 'queue', workers: 1 });
  tasks = await watchTasks(world.keys);
  nodes = await drafts();
});
afterAll(async () => {
  tasks?.stop();
  await world?.stop();
  await provider?.stop();
});

test('an agent dispatches, fans out, looks up, reads a group and completes with tools that were only given their queue', async () => {
  const { n8n, plain } = world;
  const { node, tool, agent, serving } = nodes;
  const worker = async (queue: string, result: string) => {
    const nodes = [node.trigger(queue), node.task('Complete', 'complete', { result })];
    await publish(n8n, draft(queue, nodes, inTurn('Trigger', 'Complete')));
  };
  await worker('notes', 'noted');
  await worker('parts', `={{ $json.ref + "${LONG}" }}`);
  const drawn = [
    node.trigger('master'),
    node.when('Join?', '={{ $json.intent }}', 'join'),
    agent('Master', 'Master'),
    agent('Joiner', '=Joiner. Group: {{ $json.data.group.id }}'),
    nodes.model,
    tool('Hand Out', 'task', 'dispatch', { queue: 'notes' }),
    tool('Split', 'task', 'fanOut', { queue: 'parts' }),
    tool('Look Up', 'task', 'get', { queue: 'notes' }),
    tool('Read', 'group', 'get'),
    tool('Finish', 'task', 'complete'),
  ];
  const links = [
    ...inTurn('Trigger', 'Join?', 'Joiner'),
    { from: 'Join?', to: 'Master', output: 1 },
    ...serving('Master', 'Hand Out', 'Split', 'Look Up'),
    ...serving('Joiner', 'Read', 'Finish'),
  ];
  await publish(n8n, draft('master', drawn, links));
  await plain.publish('master', { task_id: 'm', intent: 'plan' });
  const { result } = await tasks.named(':task:join-', 'done', 120_000);
  expect(JSON.parse(result ?? '')).toMatchObject({ result: 'the report, as text' });

  const [begun, , lookedUp] = asked.filter(({ text }) => text === 'Master');
  const offers = Object.fromEntries(begun?.offered.map((offer) => [offer.name, offer]) ?? []);
  expect(offers.Hand_Out).toMatchObject({
    description: TOOLS.task.dispatch.description,
    parameters: { properties: { intent: {}, ref: {}, data: {} } },
  });
  expect(offers.Split).toMatchObject({
    description: TOOLS.task.fanOut.description,
    parameters: { properties: { children: {} }, required: ['children'] },
  });
  const [dispatched = '', split = '', state = ''] = lookedUp?.toolResults ?? [];
  expect(firstOf(dispatched)).toEqual({
    task_id: expect.any(String) as string,
    key: expect.any(String) as string,
    queue: 'notes',
  });
  expect(firstOf(split)).toMatchObject({ children: 2, published: 2, failed: 0 });
  expect(['live', 'done', 'unknown']).toContain((firstOf(state) as { state: string }).state);
  const [, read] = asked.filter(({ text }) => text.startsWith('Joiner'));
  const children = JSON.parse(read?.toolResults[0] ?? '[]') as { result: string }[];
  expect(children).toHaveLength(2);
  expect(children[0]).toMatchObject({ index: 0, intent: 'extract', ref: 'a', state: 'done' });
  // A model pays for each character.
  expect(children[0]?.result).toMatch(/^ax{999}… \(cut: 5001 characters in all\)$/);
});

test('an agent reads what gave up, and sends again what may pass now', async () => {
  const { n8n, plain, keys } = world;
  const { node, tool, agent, serving } = nodes;
  const failing = [
    node.trigger('pages', {}, { ifRunFails: 'dead_letter' }),
    node.stop('={{ $json.ref }} was refused'),
  ];
  await publish(n8n, draft('pages', failing, inTurn('Trigger', 'Break')));
  const mended = [node.trigger('mended'), node.task('Complete', 'complete')];
  await publish(n8n, draft('mended', mended, inTurn('Trigger', 'Complete')));
  for (const [task_id, ref] of [
    ['wrong', 'a page that is not there'],
    ['unlucky', 'a server that was away, and'],
  ]) {
    await plain.publish('pages', { task_id, intent: 'read', ref });
  }
  await plain.waitForDepth('pages.dead', 2, 60_000);
  const triaging = [
    node.trigger('triage'),
    agent('Triage', 'Triage'),
    nodes.model,
    tool('What Gave Up', 'deadLetter', 'getMany', { queue: 'pages' }),
    tool('Send Again', 'deadLetter', 'replay', { queue: 'pages', options: { to: 'mended' } }),
  ];
  const links = [
    ...inTurn('Trigger', 'Triage'),
    ...serving('Triage', 'What Gave Up', 'Send Again'),
  ];
  await publish(n8n, draft('triage', triaging, links));
  await plain.publish('triage', { task_id: 't', intent: 'triage' });
  await tasks.named('|mended}:task:unlucky', 'done', 120_000);
  expect((await keys.tasks()).filter((key) => key.includes('|mended}'))).toHaveLength(1);
  await plain.waitForDepth('pages.dead', 1);
  const [begun, read, sent] = asked.filter(({ text }) => text === 'Triage');
  const offers = Object.fromEntries(begun?.offered.map((offer) => [offer.name, offer]) ?? []);
  expect(offers.What_Gave_Up?.description).toBe(TOOLS.deadLetter.getMany.description);
  expect(offers.Send_Again).toMatchObject({
    parameters: { properties: { letter_id: {} }, required: ['letter_id'] },
  });
  const letters = JSON.parse(read?.toolResults[0] ?? '[]') as Record<string, unknown>[];
  expect(letters).toHaveLength(2);
  // Both ran at once, so either may have failed first.
  const letter = letters.find(({ key }) => key === 'wrong');
  expect(letter).toMatchObject({ intent: 'read', reason: 'run_failed' });
  expect(letter).not.toHaveProperty('stack');
  expect(firstOf(sent?.toolResults[1] ?? '')).toMatchObject({ matched: 1, replayed: 1 });
});
