import { firstOf } from '../shared/errorLayers';
import { fieldsOf, type Fields, type Message, type StartParams } from './langchain';

/** What one call is expected to need, in tokens. */
export interface ModelRequest {
  readonly model: string;
  readonly input: number;
  /** The most it may answer. */
  readonly output: number;
}

/** How many tokens frame a message, as OpenAI documents it for its chat format. */
const PER_MESSAGE = 4;
/** A picture or a file: providers count by its size, which is not known here; a picture of 1024 x 1024 has 765 to 1,600. */
const PER_FILE = 1000;
const FILES = /image|audio|video|file|media|document/;

const ANSWER_LIMITS = [
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens',
  'maxOutputTokens',
  'maxTokens',
  'num_predict',
  'numPredict',
];
const MODEL_NAMES = ['model', 'modelName', 'model_name', 'modelId'];

export interface Estimating {
  readonly charsPerToken: number;
  readonly longestAnswer: number;
}

/**
 * Reads what is known before a request is sent.
 *
 * @param given messages of a chat, or prompts of a model without chat
 * @param model the model, for what its request does not say
 */
export function readRequest(
  given: readonly (Message | string)[],
  params: StartParams | undefined,
  model: unknown,
  { charsPerToken, longestAnswer }: Estimating,
): ModelRequest {
  const asked = fieldsOf(params?.invocation_params);
  const known = fieldsOf(model);
  const sources = [asked, known, fieldsOf(known.modelKwargs)];
  const sizes = [...given.map(sizeOf), ...toolsOf(asked).map(sizeOfJson)];
  const chars = sizes.reduce((sum, size) => sum + size.chars, 0);
  const fixed = sizes.reduce((sum, size) => sum + size.tokens, 0);
  return {
    model: first(sources, MODEL_NAMES, name) ?? 'unknown',
    input: tokensOf(chars, charsPerToken) + fixed,
    output: first(sources, ANSWER_LIMITS, positive) ?? longestAnswer,
  };
}

export function tokensOf(chars: number, charsPerToken: number): number {
  return Math.ceil(chars / charsPerToken);
}

/** Characters of text, and tokens that no text tells of. */
interface Size {
  readonly chars: number;
  readonly tokens: number;
}

function sizeOf(said: Message | string): Size {
  if (typeof said === 'string') return { chars: said.length, tokens: 0 };
  const parts = Array.isArray(said.content) ? said.content : [said.content];
  const calls = Array.isArray(said.tool_calls) ? said.tool_calls : [];
  const sizes = [...parts.map(sizeOfPart), ...calls.map(sizeOfJson)];
  return {
    chars: sizes.reduce((sum, { chars }) => sum + chars, 0),
    tokens: PER_MESSAGE + sizes.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

function sizeOfPart(part: unknown): Size {
  if (typeof part === 'string') return { chars: part.length, tokens: 0 };
  const { text, type } = fieldsOf(part);
  if (typeof text === 'string') return { chars: text.length, tokens: 0 };
  if (typeof type === 'string' && FILES.test(type)) return { chars: 0, tokens: PER_FILE };
  return sizeOfJson(part);
}

function sizeOfJson(value: unknown): Size {
  return { chars: value == null ? 0 : (jsonOf(value)?.length ?? 0), tokens: 0 };
}

export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // Circular, so it is not what is sent.
    return undefined;
  }
}

function toolsOf({ tools, functions }: Fields): unknown[] {
  return [tools, functions].flatMap((each) => (Array.isArray(each) ? (each as unknown[]) : []));
}

function first<T>(
  sources: readonly Fields[],
  names: readonly string[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  return firstOf(sources, (source) => firstOf(names, (each) => read(source[each])));
}

/** n8n writes -1 for "no maximum". */
function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1
    ? Math.ceil(value)
    : undefined;
}

function name(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
