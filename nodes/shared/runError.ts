import type { RunError } from '../../src/index';
import { firstOf, keptOf, layersOf, outerOf, text, textsOf, type Fields } from './errorLayers';
import { retryAfterIn, retryAfterOf } from './retryAfter';

const LONGEST_MESSAGE = 2000;
const LONGEST_STACK = 4000;

const STATUS_FIELDS = ['httpCode', 'status', 'statusCode', 'status_code', 'http_status', 'code'];
const CODE_FIELDS = ['code', 'httpCode'];
/** Axios gives these for every 4xx and 5xx. */
const SAYS_NOTHING = /^ERR_BAD_(REQUEST|RESPONSE)$/;

/** "Request failed with status code 429", "HTTP 404". */
const STATUS_IN_TEXT = /\b(?:status code|HTTP(?:\/[\d.]+)?)[ :]*([45]\d\d)\b/i;
/** n8n keeps the first words of a server as "429 Rate limit reached" or `500 - "{...}"`. */
const STATUS_FIRST = /^\s*([45]\d\d)\b/;
/** What n8n writes instead of those words. On an error output it is all that is left, and of these the status decides. */
const SENTENCES: readonly (readonly [string, number])[] = [
  ['Bad request - please check your parameters', 400],
  ['Authorization failed - please check your credentials', 401],
  ['Payment required - perhaps check your payment details?', 402],
  ['Forbidden - perhaps check your credentials?', 403],
  ['The resource you are requesting could not be found', 404],
  ['Method not allowed - please check you are using the right HTTP method', 405],
  ['The service is receiving too many requests from you', 429],
];

/**
 * What can be known of an error that n8n tells, in any of its shapes: an Error or a copy of its fields, with `httpCode` as text or
 * a code such as ECONNRESET in its place; an error of axios or of a provider's SDK; plain data of queue mode; a text. Only named
 * fields are taken: an error's `node` holds the whole node with its parameters, and its `request` the headers that were sent.
 *
 * @param also more about the same error, such as the error of the sub-node that caused it
 * @param now ms since 1970, for a Retry-After that is a date
 */
export function readRunError(
  error: unknown,
  also: readonly unknown[] = [],
  now = Date.now(),
): RunError {
  const outer = [error, ...also].flatMap(outerOf);
  const layers = outer.flatMap(layersOf);
  const texts = layers.flatMap(textsOf);
  return {
    name: firstOf(outer, ({ name }) => text(name)) ?? 'Error',
    message: messageOf(layers),
    httpStatus: statusOf(layers, texts),
    stack: firstOf(outer, ({ stack }) => text(stack))?.slice(0, LONGEST_STACK),
    node: firstOf(outer, nodeOf),
    code: codeOf(layers),
    retryAfterMs:
      firstOf(layers, ({ headers }) => retryAfterOf(headers, now)) ?? firstOf(texts, retryAfterIn),
  };
}

function messageOf(layers: readonly Fields[]): string {
  const [message, ...others] = layers.flatMap((layer) => text(layer.message) ?? []);
  if (message === undefined) return 'the execution failed';
  const description = firstOf(layers, (layer) => text(layer.description));
  const more = description ?? others.find((other) => !message.includes(other));
  const said = more === undefined || message.includes(more) ? message : `${message} (${more})`;
  return said.slice(0, LONGEST_MESSAGE);
}

function statusOf(layers: readonly Fields[], texts: readonly string[]): number | undefined {
  return (
    firstOf(layers, (layer) => firstOf(STATUS_FIELDS, (field) => asStatus(layer[field]))) ??
    firstOf(layers.flatMap(keptOf), (each) => asStatus(STATUS_FIRST.exec(each)?.[1])) ??
    firstOf(texts, (each) => asStatus(STATUS_IN_TEXT.exec(each)?.[1])) ??
    firstOf(texts, (each) => SENTENCES.find(([sentence]) => each.startsWith(sentence))?.[1])
  );
}

function asStatus(value: unknown): number | undefined {
  const status = typeof value === 'string' && value !== '' ? Number(value) : value;
  return Number.isInteger(status) && (status as number) >= 300 && (status as number) < 600
    ? (status as number)
    : undefined;
}

function codeOf(layers: readonly Fields[]): string | undefined {
  return firstOf(layers, (layer) =>
    firstOf(CODE_FIELDS, (field) => {
      const code = text(layer[field]);
      return code === undefined || !Number.isNaN(Number(code)) || SAYS_NOTHING.test(code)
        ? undefined
        : code.slice(0, 100);
    }),
  );
}

function nodeOf({ node }: Fields): string | undefined {
  return text(typeof node === 'object' ? (node as Fields | null)?.name : node);
}
