/** Draws the pictures of README and docs anew: the example as n8n's editor shows it. */
import { join } from 'node:path';

import { personalise, readExample } from '../scripts/demo/workflows';
import { openEditor } from './support/editor';
import { startOwning } from './support/owned';
import { startSwarmWorld } from './support/swarmWorld';

const FOLDER = join(__dirname, '../docs/images');
const SIZE = { width: 1240, height: 760 };

/** Without the note, which a person reads in n8n. */
const ABOUT = 'About';
/** What n8n lays over its canvas. */
const CONTROLS = [
  'canvas-controls',
  'execute-workflow-button',
  'node-creator-plus-button',
  'command-bar-button',
  'add-sticky-button',
  'toggle-focus-panel-button',
  'instance-ai-canvas-action-button',
  'radio-button-workflow',
  'radio-button-executions',
  'radio-button-evaluation',
];
const HIDDEN = `${CONTROLS.map((id) => `[data-test-id="${id}"]`).join(', ')}, div:has(> [role="radiogroup"]) { visibility: hidden !important; }`;

async function main(): Promise<void> {
  const running = await startOwning(async ({ own, stop }) => {
    const world = await own(startSwarmWorld({ mode: 'single' }));
    const { n8n, credentials } = world;
    const openAiApi = await n8n.api.createCredential({
      name: 'OpenAI',
      type: 'openAiApi',
      data: { apiKey: 'any' },
    });
    const example = await readExample('summarise-documents.json');
    const nodes = example.nodes.filter(({ name }) => name !== ABOUT);
    const known = { ...credentials, openAiApi };
    const { id } = await n8n.api.createWorkflow(personalise({ ...example, nodes }, known, {}));
    for (const theme of ['light', 'dark'] as const) {
      const { page } = await own(openEditor(n8n, { theme, ...SIZE }));
      await page.goto(`/workflow/${id}`);
      await page
        .getByTestId('canvas-node')
        .nth(nodes.length - 1)
        .waitFor();
      await page.getByTestId('zoom-to-fit').click();
      await page.addStyleTag({ content: HIDDEN });
      const still = { animations: 'disabled', caret: 'hide' } as const;
      await page
        .getByTestId('canvas-wrapper')
        .screenshot({ path: join(FOLDER, `summarise-${theme}.png`), ...still });
    }
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
