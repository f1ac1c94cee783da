import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const FOLDER = join(__dirname, '../../docs/images');
const STILL = { animations: 'disabled', caret: 'hide' } as const;

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
const HIDDEN = [
  ...CONTROLS.map((id) => `[data-test-id="${id}"]`),
  // With several triggers it has a part that opens a list.
  '[data-test-id="execute-workflow-button"] ~ *',
  ':has(> [data-test-id="execute-workflow-button"]) ~ *',
  'div:has(> [role="radiogroup"])',
  '[data-test-id="floating-nodes"]',
];
const HIDE = { content: `${HIDDEN.join(', ')} { visibility: hidden !important; }` };

const fileOf = (name: string) => join(FOLDER, `${name}.png`);

/** Shows a workflow as large as the canvas lets it be, without n8n's controls. */
async function show(page: Page, workflowId: string, nodes: number): Promise<void> {
  await page.goto(`/workflow/${workflowId}`);
  await page
    .getByTestId('canvas-node')
    .nth(nodes - 1)
    .waitFor();
  await page.getByTestId('zoom-to-fit').click();
  await page.addStyleTag(HIDE);
}

export async function drawCanvas(page: Page, workflowId: string, nodes: number, name: string) {
  await show(page, workflowId, nodes);
  await page.getByTestId('canvas-wrapper').screenshot({ path: fileOf(name), ...STILL });
}

/** The same without the empty canvas round the nodes, px. */
const AROUND = { left: 50, right: 90, above: 40, below: 65 };

export async function drawNodes(page: Page, workflowId: string, nodes: number, name: string) {
  await show(page, workflowId, nodes);
  const canvas = await boxOf(page.getByTestId('canvas-wrapper'));
  const boxes = await Promise.all((await page.getByTestId('canvas-node').all()).map(boxOf));
  const left = Math.min(...boxes.map(({ x }) => x)) - AROUND.left;
  const right = Math.max(...boxes.map(({ x, width }) => x + width)) + AROUND.right;
  const top = Math.min(...boxes.map(({ y }) => y)) - AROUND.above;
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + AROUND.below;
  const x = Math.max(left, canvas.x);
  const y = Math.max(top, canvas.y);
  const clip = {
    x,
    y,
    width: Math.min(right, canvas.x + canvas.width) - x,
    height: Math.min(bottom, canvas.y + canvas.height) - y,
  };
  await page.screenshot({ path: fileOf(name), clip, ...STILL });
}

/** A part of the form of a node, as high as what is in it. */
export async function drawPart(page: Page, part: Locator, last: Locator, name: string) {
  // What the mouse is on shows more than the rest.
  await page.mouse.move(0, 0);
  await page.addStyleTag(HIDE);
  const { x, y, width } = await boxOf(part);
  const end = await boxOf(last);
  const clip = { x, y, width, height: end.y + end.height + 24 - y };
  await page.screenshot({ path: fileOf(name), clip, ...STILL });
}

async function boxOf(part: Locator) {
  const box = await part.boundingBox();
  if (!box) throw new Error(`${part.toString()} is not shown`);
  return box;
}
