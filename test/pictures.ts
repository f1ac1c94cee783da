/** Draws the pictures of README and docs anew: the examples, and swarms at work, as n8n's editor shows them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

import type { Credentials } from '../scripts/demo/workflows';
import { ndvOf, openNode, openRan, output } from './e2e/editorSteps';
import { drawCanvas, drawNodes, drawPart } from './pictures/camera';
import { agentWithTools, masterOf, withoutNotes } from './pictures/drawn';
import { openEditor } from './support/editor';
import type { WorkflowDraft } from './support/n8nRecords';
import { startOwning } from './support/owned';
import { startProvider } from './support/provider';
import { startSwarmWorld, type SwarmWorld } from './support/swarmWorld';
import { watchTasks } from './support/watchTasks';

const SIZE = { width: 1240, height: 760 };
/** High enough for a whole form, and wide enough for the columns of a table. */
const LARGE = { width: 2200, height: 1100 };

/** Each with a picture of its whole canvas, where it is there. */
const EXAMPLES = [
  'research-swarm',
  'document-pipeline',
  's3-files',
  'signup',
  'approval',
  'nightly-bulk',
];

const SOURCES = ['https://example.com/wind', 'https://example.com/solar'];
const PLAN = SOURCES.flatMap((ref) => ['extract', 'analyse'].map((intent) => ({ intent, ref })));

function answer({ text }: { text: string }): string {
  if (text.includes('Plan the research')) return JSON.stringify(PLAN);
  if (text.includes('Write a report')) return 'Both grew; solar grew faster.';
  const what = text.includes('/wind') ? 'wind' : 'solar';
  return text.includes('Extract the facts')
    ? `The share of ${what} grew in each of the years named.`
    : `${what}: 7.8 % to 8.1 % of all power`;
}

async function examples(): Promise<string[]> {
  const there = await readdir(join(__dirname, '../examples'));
  return EXAMPLES.filter((name) => there.includes(`${name}.json`));
}

/** The README's picture, in both themes. */
async function drawSummarise({ n8n }: SwarmWorld, known: Credentials): Promise<void> {
  const made = await withoutNotes('summarise-documents.json', known);
  const { id } = await n8n.api.createWorkflow(made);
  for (const theme of ['light', 'dark'] as const) {
    const editor = await openEditor(n8n, { theme, ...SIZE });
    await drawCanvas(editor.page, id, made.nodes.length, `summarise-${theme}`);
    await editor.stop();
  }
}

async function drawWorkflow(page: Page, { n8n }: SwarmWorld, made: WorkflowDraft, name: string) {
  const { id } = await n8n.api.createWorkflow(made);
  await drawNodes(page, id, made.nodes.length, name);
}

/** The form of Fan Out, and what Group: Get gave in a run of the join. */
async function drawResearch(page: Page, world: SwarmWorld, made: WorkflowDraft): Promise<void> {
  const { n8n, keys, plain } = world;
  const workflow = await n8n.api.createWorkflow(made);
  await n8n.api.activate(workflow);
  const tasks = await watchTasks(keys);
  const data = { question: 'Which grew faster?', sources: SOURCES };
  await plain.publish('research', { task_id: 'r1', intent: 'research', data });
  await tasks.named(':task:join-', 'done', 120_000);
  tasks.stop();
  const runs = await n8n.api.recorded(PLAN.length + 2, { workflowId: workflow.id });
  const join = runs.find(({ data }) => data?.resultData.runData.Findings);

  await page.goto(`/workflow/${workflow.id}`);
  await openNode(page, 'Fan Out');
  const form = ndvOf(page).getByTestId('node-parameters');
  await drawPart(page, form, form.getByTestId('collection-parameter-add'), 'swarm-fan-out');
  await page.goto(`/workflow/${workflow.id}/executions/${join?.id}`);
  await openRan(page, 'Findings');
  const table = output(page).getByRole('table');
  // The IDs of the group, the task and its key would take up most of the width.
  const ids = [1, 3, 4].map((at) => `th:nth-child(${at}), td:nth-child(${at})`);
  await page.addStyleTag({ content: `${ids.join(', ')} { display: none; }` });
  await drawPart(page, output(page), table, 'swarm-results');
}

async function main(): Promise<void> {
  const running = await startOwning(async ({ own, stop }) => {
    const provider = await own(startProvider({ answer }));
    const world = await own(
      startSwarmWorld({ mode: 'single', env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all' } }),
    );
    const { n8n } = world;
    const named = (name: string, type: string, data: Record<string, unknown>) =>
      n8n.api.createCredential({ name, type, data });
    const openAiApi = await named('OpenAI', 'openAiApi', { apiKey: 'any', url: provider.url });
    // Nothing runs with these two: a node without its login has a red mark.
    const postgres = await named('Postgres', 'postgres', { host: 'localhost' });
    const s3 = await named('S3', 's3', { endpoint: 'http://localhost', region: 'any' });
    const known = { ...world.credentials, openAiApi, postgres, s3 };
    await drawSummarise(world, known);

    const { page } = await own(openEditor(n8n, SIZE));
    for (const name of await examples()) {
      const made = await withoutNotes(`${name}.json`, known);
      await drawWorkflow(page, world, made, `example-${name}`);
    }
    const swarm = await withoutNotes('research-swarm.json', known);
    await drawWorkflow(page, world, masterOf(swarm), 'swarm-master');
    await drawWorkflow(page, world, agentWithTools(known), 'swarm-tools');
    const large = await own(openEditor(n8n, LARGE));
    await drawResearch(large.page, world, swarm);
    return { stop };
  });
  await running.stop();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
