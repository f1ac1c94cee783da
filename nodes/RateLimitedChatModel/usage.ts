import { firstOf } from '../shared/errorLayers';
import { fieldsOf, type Fields, type Generation, type LlmResult } from './langchain';
import { jsonOf, tokensOf, type ModelRequest } from './request';

export interface CallUsage {
  readonly input: number;
  /** Unknown when the provider told nothing and there is no text to count: what was reserved then counts. */
  readonly output?: number;
  /** `provider`: it told what it counted. `estimate`: from the length of prompt and answer. */
  readonly by: 'provider' | 'estimate';
}

const INPUT = [
  'input_tokens',
  'promptTokens',
  'prompt_tokens',
  'inputTokens',
  'prompt_eval_count',
  'promptTokenCount',
];
const OUTPUT = [
  'output_tokens',
  'completionTokens',
  'completion_tokens',
  'outputTokens',
  'eval_count',
  'candidatesTokenCount',
];
const MOST = 1_000_000_000;

/**
 * What a call used: as the provider counted it, wherever the model put it; else estimated, the prompt as before the call and the answer
 * from its text. It is read in one go, because n8n's own callback takes the messages out of the result afterwards.
 */
export function readUsage(
  result: LlmResult,
  request: ModelRequest,
  charsPerToken: number,
): CallUsage {
  const generations = (result.generations ?? []).flat();
  const told = firstOf(placesOf(result, generations), counted);
  if (told) return { ...told, by: 'provider' };
  const chars = generations.reduce((sum, each) => sum + lengthOf(each), 0);
  const estimated = { input: request.input, by: 'estimate' } as const;
  return chars === 0 ? estimated : { ...estimated, output: tokensOf(chars, charsPerToken) };
}

/** Where models put their usage, the surest first: of a stream it is in the message alone. */
function placesOf(result: LlmResult, generations: readonly Generation[]): Fields[] {
  const output = fieldsOf(result.llmOutput);
  return [
    ...generations.map(({ message }) => message?.usage_metadata),
    output.tokenUsage,
    output.usage,
    ...generations.flatMap(({ message, generationInfo }) => {
      const about = fieldsOf(message?.response_metadata);
      return [about.tokenUsage, about.usage, about, generationInfo];
    }),
    output.estimatedTokenUsage,
  ].map(fieldsOf);
}

/** All zeros is how some models say that they do not know. */
function counted(usage: Fields): { input: number; output: number } | undefined {
  const [input, output] = [INPUT, OUTPUT].map((names) => numberOf(usage, names)) as [
    number | undefined,
    number | undefined,
  ];
  if (input === undefined || output === undefined || input + output === 0) return undefined;
  return { input, output };
}

function numberOf(usage: Fields, names: readonly string[]): number | undefined {
  return firstOf(names, (name) => {
    const value = usage[name];
    return typeof value === 'number' && value >= 0 ? Math.min(Math.ceil(value), MOST) : undefined;
  });
}

function lengthOf({ text, message }: Generation): number {
  const calls = Array.isArray(message?.tool_calls) ? message.tool_calls : [];
  const said = text || (typeof message?.content === 'string' ? message.content : '');
  return said.length + (calls.length === 0 ? 0 : (jsonOf(calls)?.length ?? 0));
}
