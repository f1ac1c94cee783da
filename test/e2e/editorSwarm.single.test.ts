import type { Page } from 'playwright-core';

import { TOOLS } from '../../nodes/AgentSwarm/tools';
import { personalise, readExample } from '../../scripts/demo/workflows';
import { openEditor, type Editor } from '../support/editor';
import { startProvider, type Provider } from '../support/provider';
import {
  ACTION,
  brokerCredential,
  startSwarmWorld,
  storeCredential,
  type SwarmWorld,
} from '../support/swarmWorld';
import { watchTasks, type Tasks } from '../support/watchTasks';
import { draft, nodesOf } from '../support/workflowNodes';
import {
  add,
  addOption,
  addTrigger,
  choose,
  chooseCredentials,
  closeForm,
  execute,
  goOnFrom,
  ndvOf,
  ON_EVENT,
  openNode,
  openPanel,
  openRan,
  paste,
  publish,
  rows,
  search,
  typeInto,
  typeName,
} from './editorSteps';

jest.setTimeout(240_000);

const SOURCES = ['https://example.com/a', 'https://example.com/b'];
const PLAN = [
  { intent: 'extract', ref: SOURCES[0] },
  { intent: 'extract', ref: SOURCES[1] },
  { intent: 'analyse', ref: SOURCES[1] },
];

/** Swarms as a person makes them: in n8n's editor, in a browser. */
describe('in the editor', () => {
  let world: SwarmWorld;
  let provider: Provider;
  let editor: Editor;
  let page: Page;
  let tasks: Tasks;

  beforeAll(async () => {
    provider = await startProvider({ answer: () => JSON.stringify(PLAN) });
    world = await startSwarmWorld({
      mode: 'single',
      env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all' },
    });
    tasks = await watchTasks(world.keys);
    const { api } = world.n8n;
    // Two of each kind: n8n picks the only one by itself.
    await api.createCredential({ ...brokerCredential(1), name: 'another broker' });
    await api.createCredential({ ...storeCredential(1), name: 'another store' });
    editor = await openEditor(world.n8n);
    ({ page } = editor);
  });
  afterAll(async () => {
    await editor?.stop();
    tasks?.stop();
    await world?.stop();
    await provider?.stop();
  });

  it('the research swarm is pasted, given its credentials, and tested with JSON: it plans and sends nothing', async () => {
    const { n8n, plain, credentials } = world;
    await plain.declare('research.extract');
    await plain.channel.assertExchange('research.agents', 'topic', { durable: true });
    await plain.channel.bindQueue('research.extract', 'research.agents', 'extract');
    const openAiApi = await n8n.api.createCredential({
      name: 'OpenAI',
      type: 'openAiApi',
      data: { apiKey: 'any', url: provider.url },
    });
    const example = await readExample('research-swarm.json');
    const made = personalise(example, { ...credentials, openAiApi }, {});
    for (const node of made.nodes) if (node.name === 'Research') delete node.credentials;
    await paste(page, made);

    await openNode(page, 'Research');
    await chooseCredentials(page, ['broker', 'store']);
    await addOption(page, 'Test With');
    await choose(page, 'testWith', 'This JSON');
    await addOption(page, 'Test JSON');
    const data = { question: 'Which is larger?', sources: SOURCES };
    await typeInto(page, 'testJson', JSON.stringify({ task_id: 'r1', intent: 'research', data }));
    await closeForm(page);
    await openNode(page, 'Fan Out');
    await execute(page);
    expect(await rows(page)).toEqual([
      {
        group_id: 'test',
        children: '3',
        published: '0',
        failed: '0',
        known: 'false',
        test: 'true',
      },
    ]);
    expect(await plain.depth('research.extract')).toMatchObject({ ready: 0 });
  });

  it('a swarm is built from an empty canvas, published, and its join comes back', async () => {
    const { plain } = world;
    await openPanel(page);
    await add(page, ON_EVENT);
    await chooseCredentials(page, ['broker', 'store']);
    await typeName(page, 'queue', 'plans');
    await closeForm(page);

    await goOnFrom(page, 'Agent Swarm Trigger');
    await (await search(page, 'If')).getByText('If', { exact: true }).click();
    await typeInto(page, 'left', '{{ $json.intent }}');
    await typeInto(page, 'right', 'join');
    await closeForm(page);

    await goOnFrom(page, 'If', 1);
    await add(page, 'Fan out tasks');
    await chooseCredentials(page, ['broker', 'store']);
    await choose(page, 'childrenFrom', 'List');
    await typeInto(page, 'children', JSON.stringify(SOURCES));
    await typeName(page, 'queue', 'pages');
    await typeInto(page, 'intent', 'extract');
    await closeForm(page);

    await addTrigger(page);
    await chooseCredentials(page, ['broker', 'store']);
    await typeName(page, 'queue', 'pages');
    await closeForm(page);

    await goOnFrom(page, 'Agent Swarm Trigger1');
    await add(page, 'Complete a task');
    await chooseCredentials(page, ['store']);
    await typeInto(page, 'result', '={{ { of: $json.ref } }}');
    await closeForm(page);

    await publish(page);
    await page.getByRole('button', { name: 'Got it' }).click();
    await plain.waitForConsumers('plans', 1, 30_000);
    await plain.publish('plans', { task_id: 'm', intent: 'plan' });
    await tasks.named('|plans}:task:join-', 'done');

    await page.getByTestId('radio-button-executions').click();
    const list = page.getByTestId('current-executions-list');
    const runs = list.getByTestId(/^execution-details-/).filter({ hasText: 'Succeeded' });
    await runs.nth(3).waitFor();
    await runs.last().click();
    await openRan(page, 'Fan out tasks');
    expect(await rows(page)).toMatchObject([{ children: '2', published: '2', known: 'false' }]);
    await closeForm(page);
    await runs.first().click();
    await openRan(page, 'If');
    const [join] = await rows(page);
    expect(join).toMatchObject({ intent: 'join' });
    expect(join?.data).toMatch(/closed_by:all\s+total:2\s+done:2/);
    await closeForm(page);
    expect(await runs.count()).toBe(4);
  });

  it('an agent gets Agent Swarm as a tool whose fields are left to the model', async () => {
    const { n8n, credentials, witness } = world;
    const node = nodesOf(credentials, witness.url);
    const tool = { ...node.taskTool('Hand Out', 'dispatch'), type: `${ACTION}Tool`, credentials };
    const links = [{ from: 'Hand Out', to: 'Agent', as: 'ai_tool' } as const];
    const { id } = await n8n.api.createWorkflow(draft('tools', [node.agent(), tool], links));
    await page.goto(`/workflow/${id}`);
    await openNode(page, 'Hand Out');
    const form = ndvOf(page);
    const said = form.getByTestId('parameter-input-toolDescription').locator('textarea');
    const left = form
      .getByTestId('parameter-item')
      .filter({ has: page.getByTestId('fromAI-override-field') })
      .locator('label:not([for="description"])');
    await left.nth(2).waitFor();
    expect(await left.allInnerTexts()).toEqual(['Intent', 'Ref', 'Data']);
    expect(await said.inputValue()).toBe(TOOLS.task.dispatch.description);

    await choose(page, 'operation', 'Fan Out');
    await left.filter({ hasText: 'Children' }).waitFor();
    expect(await left.allInnerTexts()).toEqual(['Children']);
    expect(await said.inputValue()).toBe(TOOLS.task.fanOut.description);
    expect(
      await form.getByTestId('parameter-input-childrenFrom').locator('input').inputValue(),
    ).toBe('List');
  });
});
