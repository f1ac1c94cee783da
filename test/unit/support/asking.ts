import type { Provider } from '../../support/provider';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: () => Record<string, unknown>;
  /** The data of every event of a stream. */
  events: () => Array<Record<string, unknown>>;
}

/** Asks the stand-in over plain HTTP: no SDK between the promise and its test. */
export async function ask(
  provider: Provider,
  body: Record<string, unknown>,
  path = '/chat/completions',
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(provider.url + path, {
    method: 'POST',
    body: JSON.stringify({ model: 'stand-in', ...body }),
    ...init,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
    events: () =>
      [...text.matchAll(/^data: (\{.*)$/gm)].map(
        (line) => JSON.parse(line[1] ?? '') as Record<string, unknown>,
      ),
  };
}

export function user(content: string): Record<string, unknown> {
  return { messages: [{ role: 'user', content }] };
}
