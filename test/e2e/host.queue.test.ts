import { startLineServer, type LineServer } from '../support/lineServer';
import { lineWorkflow } from '../support/lineWorkflow';
import { startN8n, type N8nHost } from '../support/n8n';
import type { TemporaryFolder } from '../support/temporaryFolder';
import { throwAwayPack } from '../support/throwAwayPack';

jest.setTimeout(240_000);

describe('an n8n host in queue mode with two workers', () => {
  let pack: TemporaryFolder;
  let n8n: N8nHost;
  let lines: LineServer;

  beforeAll(async () => {
    pack = await throwAwayPack();
    n8n = await startN8n({ mode: 'queue', workers: 2, packDist: pack.path });
    lines = await startLineServer();
  });
  afterAll(async () => {
    lines?.stop();
    await n8n?.stop();
    await pack?.remove();
  });

  it('runs what the trigger emits on workers, also when one of them is dead', async () => {
    const workflow = await n8n.api.createWorkflow(lineWorkflow(lines.port));
    await n8n.api.activate(workflow);
    await lines.listener();

    lines.say('one');
    const filter = { workflowId: workflow.id, status: 'success' as const };
    const [first] = await n8n.api.recorded(1, filter);
    const [run] = first?.data?.resultData.runData.Whereabouts ?? [];
    expect(run?.data?.main?.[0]?.[0]?.json).toMatchObject({ line: 'one', process: 'worker' });

    await n8n.kill('worker0');
    lines.say('two');
    await n8n.api.recorded(2, filter);

    await n8n.restart('worker0');
    await n8n.stopProcess('worker1');
    lines.say('three');
    await n8n.api.recorded(3, filter);
  });
});
