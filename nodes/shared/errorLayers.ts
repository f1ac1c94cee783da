/** What stands inside of errors, whatever made them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where errors keep what caused them; never `request`, `options` or `node`, which hold keys and parameters. */
const INWARD = ['cause', 'error', 'errorResponse', 'response', 'reason', 'details', 'body', 'data'];
const MOST_LAYERS = 20;
const LONGEST_BODY = 64 * 1024;

/** An error as its fields; a text is an error that has a message alone. */
export function outerOf(error: unknown): Fields[] {
  if (typeof error === 'string') return [{ message: error }];
  return typeof error === 'object' && error !== null ? [error as Fields] : [];
}

/** The error and what is inside of it, outer ones first. */
export function layersOf(error: Fields): Fields[] {
  const layers = [error];
  for (let at = 0; at < layers.length && layers.length < MOST_LAYERS; at += 1) {
    const layer = layers[at] as Fields;
    const { context, errors } = layer;
    const inner = [
      ...INWARD.map((name) => layer[name]),
      fieldsOf(context)?.data,
      Array.isArray(errors) && errors[0],
    ];
    for (const found of inner.map(fieldsOf)) {
      if (found && !layers.includes(found)) layers.push(found);
    }
  }
  return layers;
}

/** Bodies of answers come as text, too. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value === 'object' && value !== null) return value as Fields;
  if (typeof value !== 'string' || !/^\s*\{/.test(value) || value.length > LONGEST_BODY) {
    return undefined;
  }
  try {
    return JSON.parse(value) as Fields;
  } catch {
    return undefined;
  }
}

export function textsOf(layer: Fields): string[] {
  const { message, description } = layer;
  return [message, description].flatMap((each) => text(each) ?? []).concat(keptOf(layer));
}

/** The first words, which n8n keeps when it puts a sentence of its own in their place. */
export function keptOf({ messages }: Fields): string[] {
  return Array.isArray(messages) ? messages.flatMap((each) => text(each) ?? []) : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function firstOf<T, R>(all: readonly T[], ask: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const answer = ask(one);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
