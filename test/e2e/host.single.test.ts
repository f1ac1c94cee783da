import { freePort } from '../support/freePort';
import { startLineServer, type LineServer } from '../support/lineServer';
import { startN8n, type N8nHost } from '../support/n8n';
import type { TemporaryFolder } from '../support/temporaryFolder';
import { NODE_TYPES, throwAwayPack } from '../support/throwAwayPack';
import { lineWorkflow } from '../support/lineWorkflow';

jest.setTimeout(180_000);

describe('an n8n host in single mode', () => {
  let pack: TemporaryFolder;
  let n8n: N8nHost;
  let lines: LineServer;

  beforeAll(async () => {
    pack = await throwAwayPack();
    n8n = await startN8n({ mode: 'single', packDist: pack.path });
  });
  beforeEach(async () => {
    lines = await startLineServer();
  });
  afterEach(() => lines.stop());
  afterAll(async () => {
    await n8n?.stop();
    await pack?.remove();
  });

  it('finds the nodes of the pack', async () => {
    const known = await n8n.api.rest<{ name: string }[]>('POST', '/node-types', {
      nodeInfos: Object.values(NODE_TYPES).map((name) => ({ name, version: 1 })),
    });
    expect(known.map(({ name }) => name)).toEqual(['lineTrigger', 'whereabouts']);
  });

  it('tests a credential by the method of the pack', async () => {
    const draft = { name: 'word', type: 'throwAwayApi', data: { word: 'sesame' } };
    const { id } = await n8n.api.createCredential(draft);
    expect(await n8n.api.testCredential(id, draft)).toEqual({ status: 'OK', message: 'Open' });
    const wrong = { ...draft, data: { word: 'barley' } };
    expect(await n8n.api.testCredential(id, wrong)).toEqual({ status: 'Error', message: 'Shut' });
  });

  it('runs a published workflow and records what came out, also after a crash', async () => {
    const workflow = await n8n.api.createWorkflow(lineWorkflow(lines.port));
    await n8n.api.activate(workflow);
    await lines.listener();
    lines.say('one');
    const [first] = await n8n.api.recorded(1, { workflowId: workflow.id });
    expect(first?.status).toBe('success');
    const [run] = first?.data?.resultData.runData.Whereabouts ?? [];
    expect(run?.data?.main?.[0]?.[0]?.json).toMatchObject({ line: 'one', process: 'main' });

    await n8n.kill('main');
    await n8n.restartMain();
    await lines.listener();
    lines.say('two');
    await n8n.api.recorded(2, { workflowId: workflow.id, status: 'success' });
    await n8n.api.deactivate(workflow.id);
    await n8n.api.deleteWorkflow(workflow.id);
  });

  it('says why an activation failed', async () => {
    const workflow = await n8n.api.createWorkflow(lineWorkflow(await freePort()));
    await expect(n8n.api.activate(workflow)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('runs a test by hand that starts at the trigger', async () => {
    const { id } = await n8n.api.createWorkflow(lineWorkflow(lines.port));
    const { executionId } = await n8n.api.runManually(id, 'Line Trigger');
    await lines.listener();
    lines.say('by hand');
    const ended = await n8n.api.executionEnd(executionId as string);
    expect(ended).toMatchObject({ mode: 'manual', status: 'success' });
  });
});
