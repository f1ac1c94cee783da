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
  await output(page).getByTestId('ndv-data-container').getByRole('table').waitFor();
}
