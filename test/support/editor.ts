import { chromium as browserType, selectors, type Page } from 'playwright-core';

import type { N8nHost } from './n8n';
import { OWNER } from './n8nHttp';
import { chromium } from './programs';

export interface Editor {
  readonly page: Page;
  stop(): Promise<void>;
}

export interface EditorOptions {
  /** `light` by default. */
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

/** Longest wait for something on the page, ms: this machine runs n8n, a broker and a store beside it. */
const PATIENCE_MS = 30_000;

/** n8n's editor in a headless Chromium, signed in as the owner. */
export async function openEditor(n8n: N8nHost, options: EditorOptions = {}): Promise<Editor> {
  const { theme = 'light', width = 1500, height = 950 } = options;
  selectors.setTestIdAttribute('data-test-id');
  const browser = await browserType.launch({
    executablePath: chromium(),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const context = await browser.newContext({
      baseURL: n8n.url,
      viewport: { width, height },
      colorScheme: theme,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const { email, password } = OWNER;
    await context.request.post('/rest/login', { data: { emailOrLdapLoginId: email, password } });
    return { page: await context.newPage(), stop: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
