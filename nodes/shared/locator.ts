import { NodeApiError, type ILoadOptionsFunctions, type INodeListSearchResult } from 'n8n-workflow';

import { explained } from './nodeError';

/** The name in a resource locator, trimmed; also when it stands there as plain text. Empty when there is none. */
export function nameIn(given: unknown): string {
  const value = (given as { value?: unknown } | null | undefined)?.value ?? given;
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/**
 * Asks for the entries of a list. Of an error n8n's editor shows the message, without its hyphens, and of errors of this kind alone the
 * description, as it is: so cause and remedy stand in the description.
 *
 * @param what the entries are, such as "queues"
 */
export async function listed(
  context: ILoadOptionsFunctions,
  what: string,
  search: () => Promise<INodeListSearchResult>,
): Promise<INodeListSearchResult> {
  try {
    return await search();
  } catch (error) {
    throw new NodeApiError(
      context.getNode(),
      {},
      { message: `There is no list of ${what} to show.`, description: explained(error) },
    );
  }
}

/** The entries of a list whose names contain what was typed. */
export function matching(names: readonly string[], typed: string): INodeListSearchResult {
  const wanted = typed.trim().toLowerCase();
  const found = names.filter((name) => name.toLowerCase().includes(wanted));
  return { results: found.map((name) => ({ name, value: name })) };
}
