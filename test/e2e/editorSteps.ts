import type { Locator, Page } from 'playwright-core';

/** What a person does in n8n's editor, by the marks that n8n sets for its own tests. */
export const ENTRY = 'Agent Swarm';
export const ON_EVENT = 'On new Agent Swarm event';

export const ndvOf = (page: Page): Locator => page.getByTestId('ndv');

/** Opens an empty canvas and the panel of nodes. */
export async function openPanel(page: Page): Promise<void> {
  await page.goto('/workflow/new');
  await page.getByTestId('canvas-plus-button').click();
  await page.getByTestId('node-creator-search-bar').waitFor();
}

/** What the panel offers for a word. */
export async function search(page: Page, word: string): Promise<Locator> {
  await page.getByTestId('node-creator-search-bar').fill(word);
  return page.getByTestId('node-creator-item-name');
}

/** Adds an action of the entry to the canvas; its form opens. */
export async function add(page: Page, action: string): Promise<void> {
  const found = await search(page, ENTRY);
  await found.getByText(ENTRY, { exact: true }).click();
  await page.getByTestId('node-creator-item-name').getByText(action, { exact: true }).click();
  await ndvOf(page).waitFor();
}

/** Adds a node that has one entry and no actions; its form opens. */
export async function addNode(page: Page, name: string, word: string): Promise<void> {
  await (await search(page, word)).getByText(name, { exact: true }).click();
  await page.getByRole('button', { name: 'Add to workflow' }).click();
  await ndvOf(page).waitFor();
}

/** n8n picks a credential by itself where there is one of a kind; one that it left out is picked here. */
export async function chooseCredentials(page: Page, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const select = ndvOf(page).getByTestId('node-credentials-select').nth(index);
    if ((await select.locator('input').inputValue()) === name) continue;
    await select.click();
    await page
      .getByTestId(/^node-credentials-select-item-/)
      .filter({ visible: true })
      .getByText(name, { exact: true })
      .click();
  }
}

export async function addOption(page: Page, name: string): Promise<void> {
  await ndvOf(page).getByTestId('collection-parameter-add').click();
  await page.getByTestId('collection-parameter-option').getByText(name, { exact: true }).click();
}

export async function choose(page: Page, field: string, value: string): Promise<void> {
  await ndvOf(page).getByTestId(`parameter-input-${field}`).click();
  await page
    .getByTestId('parameter-input-item')
    .filter({ visible: true })
    .getByText(value, { exact: true })
    .click();
}

/** Types into a field that can also be chosen from a list. */
export const typeName = (page: Page, field: string, value: string): Promise<void> =>
  ndvOf(page).getByTestId(`parameter-input-${field}`).getByTestId('rlc-input').fill(value);

/** The form's own button: runs this node alone, or the trigger. */
export const execute = (page: Page): Promise<void> =>
  ndvOf(page).getByTestId('node-execute-button').click();

export const output = (page: Page): Locator => ndvOf(page).getByTestId('output-panel');

const tableOf = (page: Page): Locator =>
  output(page).getByTestId('ndv-data-container').getByRole('table');

/** A budget that is new stays closed until the store has run for a minute: calls wait that long, and the node with them. */
const RUN_PATIENCE_MS = 120_000;

export async function closeForm(page: Page): Promise<void> {
  await page.getByTestId('ndv-close-button').first().click();
  await ndvOf(page).waitFor({ state: 'detached' });
}

/** Presses Publish, twice as n8n wants it. What n8n says to it is for the caller to look at. */
export async function publish(page: Page): Promise<void> {
  await page.getByTestId('workflow-open-publish-modal-button').click();
  await page.getByTestId('workflow-publish-button').click();
}

/** A message in the corner of the window, whole. */
export async function toast(page: Page, title: string | RegExp): Promise<string> {
  const shown = page.getByRole('alert').filter({ hasText: title }).first();
  return await shown.innerText();
}

/** Opens what a node did in the execution that is shown, once it is there. */
export async function openRan(page: Page, name: string): Promise<void> {
  await page.getByTestId('canvas-node').filter({ hasText: name }).first().dblclick();
  await tableOf(page).waitFor({ timeout: RUN_PATIENCE_MS });
}

/** Copies a workflow from elsewhere onto an empty canvas, as Ctrl+V does it. */
export async function paste(page: Page, workflow: object): Promise<void> {
  await page.goto('/workflow/new');
  await page.getByTestId('canvas-plus-button').waitFor();
  const text = JSON.stringify(JSON.stringify(workflow));
  await page.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${text});
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }`);
}

const nodeCalled = (page: Page, name: string): Locator =>
  page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);

export async function openNode(page: Page, name: string): Promise<void> {
  await nodeCalled(page, name).dblclick();
  await ndvOf(page).waitFor();
}

/** Presses the plus of an output that leads nowhere yet: the panel opens, and what is chosen there is connected. */
export async function goOnFrom(page: Page, name: string, plus = 0): Promise<void> {
  await page.getByTestId('zoom-to-fit').click();
  await nodeCalled(page, name).getByTestId('canvas-handle-plus').nth(plus).click();
  await page.getByTestId('node-creator-search-bar').waitFor();
}

/**
 * Of a field of the form; of one with a code editor in it as well. An expression is told by its braces. n8n takes some over a second
 * later, and forgets them when the form is closed before: this waits until it saves them.
 */
export async function typeInto(page: Page, field: string, value: string): Promise<void> {
  const written = JSON.stringify(value).slice(1, -1);
  const saved = page.waitForRequest((request) => !!request.postData()?.includes(written));
  const input = ndvOf(page).getByTestId(`parameter-input-${field}`);
  await input.locator('input, textarea, .cm-content').first().fill(value);
  await saved;
}

/** Adds one more trigger to a canvas that has one: the panel folds triggers up there. */
export async function addTrigger(page: Page): Promise<void> {
  await page.getByTestId('node-creator-plus-button').click();
  await (await search(page, ENTRY)).getByText(ENTRY, { exact: true }).click();
  await page.getByTestId('node-creator-category-item').filter({ hasText: 'Triggers' }).click();
  await page.getByTestId('node-creator-item-name').getByText(ON_EVENT, { exact: true }).click();
  await ndvOf(page).waitFor();
}

/** What the output shows as a table: each item by its columns. */
export async function rows(page: Page): Promise<Record<string, string>[]> {
  const table = tableOf(page);
  await table.waitFor({ timeout: RUN_PATIENCE_MS });
  const names = (await table.locator('thead th').allInnerTexts()).map((name) => name.trim());
  const lines = await table.locator('tbody tr').all();
  return await Promise.all(
    lines.map(async (line) => {
      const cells = await line.locator('td').allInnerTexts();
      const pairs = names.map((name, at) => [name, cells[at]?.trim() ?? '']);
      return Object.fromEntries(pairs.filter(([name]) => name !== '')) as Record<string, string>;
    }),
  );
}
