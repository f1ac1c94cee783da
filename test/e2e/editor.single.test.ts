import type { Page } from 'playwright-core';

import { openEditor, type Editor } from '../support/editor';
import { draft, inTurn } from '../support/workflowNodes';
import { chainRoot, MODEL_LINKS, openAiModel } from './gateConsumers';
import { startGateWorld, type GateWorld } from './gateWorld';
import {
  add,
  addNode,
  addOption,
  choose,
  chooseCredentials,
  closeForm,
  ENTRY,
  execute,
  ndvOf,
  ON_EVENT,
  openPanel,
  openRan,
  output,
  publish,
  search,
  toast,
  typeName,
} from './editorSteps';

jest.setTimeout(180_000);

/** The pack as a person meets it: in n8n's editor, in a browser. */
describe('in the editor', () => {
  let world: GateWorld;
  let editor: Editor;
  let page: Page;

  beforeAll(async () => {
    world = await startGateWorld({
      mode: 'single',
      env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all' },
    });
    editor = await openEditor(world.n8n);
    ({ page } = editor);
  });
  afterAll(async () => {
    await editor?.stop();
    await world?.stop();
  });

  it('the entry is found by what people search for', async () => {
    await openPanel(page);
    const words = ['rabbitmq', 'amqp', 'queue', 'retry', 'dead letter', 'rate limit', 'redis'];
    for (const word of words) {
      const entry = (await search(page, word)).getByText(ENTRY, { exact: true });
      await entry.waitFor();
      expect(await entry.count()).toBe(1);
    }
  });

  it('the trigger is dropped, configured, tested with JSON, tested with a message, published', async () => {
    const { plain } = world;
    await plain.declare('documents');
    await plain.publish('documents', { task_id: 'seen-in-the-queue', intent: 'extract' });
    await openPanel(page);
    await add(page, ON_EVENT);
    await chooseCredentials(page, ['broker', 'store']);
    await typeName(page, 'queue', 'documents');
    await addOption(page, 'Topology');
    await choose(page, 'topology', 'Declare All but the Queue');
    await addOption(page, 'Test With');
    await choose(page, 'testWith', 'This JSON');
    await execute(page);
    await output(page).getByText('pg:documents/42').first().waitFor();

    await choose(page, 'testWith', 'A Message From the Queue');
    await execute(page);
    await output(page).getByText('seen-in-the-queue').first().waitFor();
    await plain.waitForDepth('documents', 1);

    await closeForm(page);
    await publish(page);
    await page.getByText('Task references in the queue will now start this workflow.').waitFor();
    await page.getByRole('button', { name: 'Got it' }).click();
    await plain.waitForDepth('documents', 0);
    await page.getByTestId('radio-button-executions').click();
    await page.getByText('Succeeded').filter({ visible: true }).first().waitFor();
  });

  it('the monitor is found by what people search for, and shows that all is well, or what is not', async () => {
    await openPanel(page);
    await addNode(page, 'Agent Swarm Monitor Trigger', 'alert');
    await chooseCredentials(page, ['broker', 'store']);
    await execute(page);
    await output(page)
      .getByText(/^Nothing is in trouble/)
      .first()
      .waitFor();
    await ndvOf(page)
      .getByTestId('parameter-input-queues')
      .getByRole('textbox')
      .fill('nobody-consumes-it');
    await execute(page);
    await output(page).getByText('no_consumers').first().waitFor();
    await closeForm(page);
  });

  it('a queue that must be there and is not is named, with what to do', async () => {
    await openPanel(page);
    await add(page, ON_EVENT);
    await chooseCredentials(page, ['broker', 'store']);
    await typeName(page, 'queue', 'documants');
    await addOption(page, 'Topology');
    await choose(page, 'topology', 'Only Check');
    await execute(page);
    const shown = output(page).getByTestId('node-error-message');
    await shown.getByText('There is no queue "documants" in virtual host "/".').waitFor();
    await output(page)
      .getByText(/Correct Queue or the Virtual Host/)
      .first()
      .waitFor();
    await closeForm(page);
    await publish(page);
    await page.getByRole('button', { name: 'Got it' }).click();
    // n8n tries for a while before it gives up, and shows no more than this message.
    const said = await toast(page, 'Workflow could not be activated');
    expect(said).toMatch(/There is no .* Create it, correct the name, or set Topology/s);
  });

  it('an execution shows the attempt, and what each call of the model waited and used', async () => {
    const { n8n, node, budgets, plain } = world;
    await budgets.create(
      'gpt-5-mini',
      { minute: { requests: 100 } },
      { ifThere: 'keep', isNew: true },
    );
    const drawn = draft(
      'summarise',
      [
        node.trigger('agents'),
        chainRoot(),
        node.gate('gpt-5-mini'),
        openAiModel(world, 'gpt-5-mini'),
      ],
      [...inTurn('Trigger', 'Root'), ...MODEL_LINKS],
    );
    const workflow = await n8n.api.createWorkflow(drawn);
    await n8n.api.activate(workflow);
    await plain.publish('agents', { task_id: 'shown', intent: 'x' });
    const [ended] = await n8n.api.recorded(1, { workflowId: workflow.id });
    await page.goto(`/workflow/${workflow.id}/executions/${ended?.id}`);
    await openRan(page, 'Trigger');
    await output(page).getByText('attempt').first().waitFor();
    await closeForm(page);
    await openRan(page, 'Gate');
    const shown = await output(page).innerText();
    for (const field of ['estimated', 'waited_seconds', 'reserved', 'used'])
      expect(shown).toContain(field);
    expect(shown).toMatch(/used[^]*input_tokens:\d+\s+output_tokens:\d+/);
  });

  it('a wrong password is named by the test of the credential, with what to do', async () => {
    await page.goto('/home/credentials');
    await page.getByText('broker', { exact: true }).first().click();
    const modal = page.getByTestId('editCredential-modal');
    await modal.getByTestId('parameter-input-password').locator('input').fill('not it');
    await modal.getByTestId('credential-save-button').click();
    await modal.getByText('More details').click();
    await page
      .getByText(/refused the login of user "guest"\. Check Username and Password/)
      .waitFor();
  });

  it('Redis that is away is named where the node ran, with what to do', async () => {
    const { n8n, node, redis } = world;
    const drawn = draft(
      'ask',
      [node.start(), node.task('Get', 'get', { task: 'key', queue: 'documents', key: 'doc-1' })],
      inTurn('Start', 'Get'),
    );
    const { id } = await n8n.api.createWorkflow(drawn);
    await redis.stop();
    await page.goto(`/workflow/${id}/${drawn.nodes[1]?.id}`);
    await execute(page);
    const shown = output(page).getByTestId('node-error-message');
    await shown.getByText(`No Redis answers at 127.0.0.1:${redis.port}`).waitFor();
    await output(page)
      .getByText(/Check Host, and that the server runs/)
      .first()
      .waitFor();
  });
});
