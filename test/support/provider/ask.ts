import { z } from 'zod/v4';

export type Api = 'chat' | 'responses';

/** What a request asks, the same for both APIs. */
export interface Ask {
  api: Api;
  model: string;
  stream: boolean;
  /** The chat API sends usage in a stream only when asked to. */
  includeUsage: boolean;
  /** JSON mode or a JSON schema was demanded. */
  json: boolean;
  maxOutputTokens?: number;
  system: string;
  /** The last thing the user said. */
  text: string;
  /** All text of the request, for counting tokens. */
  input: string;
  /** Names of the functions offered. */
  tools: string[];
  /** The same with what the model is told of them. */
  offered: Offer[];
  /** What tools answered since the user spoke last. */
  toolResults: string[];
  /** The task named in the prompt, if one is. */
  taskId?: string;
}

export interface Offer {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

interface Said {
  role: string;
  text: string;
}

const part = z.looseObject({ text: z.string().optional() });
const content = z.union([z.string(), z.array(part), z.null()]).optional();
const format = z.looseObject({ type: z.string() }).nullish();
const offer = z.object({
  name: z.string(),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
const common = {
  model: z.string().min(1),
  stream: z.boolean().nullish(),
  tools: z
    .array(z.union([offer, z.object({ function: offer }), z.object({ type: z.string() })]))
    .nullish(),
};
const chatBody = z.object({
  ...common,
  messages: z.array(z.object({ role: z.string(), content })).min(1),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  response_format: format,
});
const responsesItem = z.object({
  type: z.string().optional(),
  role: z.string().optional(),
  content,
  output: content,
});
const responsesBody = z.object({
  ...common,
  input: z.union([z.string(), z.array(responsesItem).min(1)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().nullish(),
  text: z.object({ format }).nullish(),
});

/** @throws ZodError when the body is not what the API takes. */
export function readAsk(api: Api, body: unknown, taskIdPattern: RegExp): Ask {
  return api === 'chat' ? readChat(body, taskIdPattern) : readResponses(body, taskIdPattern);
}

function readChat(body: unknown, taskIdPattern: RegExp): Ask {
  const asked = chatBody.parse(body);
  const said = asked.messages.map(({ role, content }) => ({ role, text: plain(content) }));
  return {
    ...gather(said, taskIdPattern),
    ...offers(asked.tools),
    api: 'chat',
    model: asked.model,
    stream: asked.stream ?? false,
    includeUsage: asked.stream_options?.include_usage ?? false,
    json: asked.response_format?.type.startsWith('json') ?? false,
    maxOutputTokens: asked.max_completion_tokens ?? asked.max_tokens ?? undefined,
  };
}

function readResponses(body: unknown, taskIdPattern: RegExp): Ask {
  const asked = responsesBody.parse(body);
  const items =
    typeof asked.input === 'string' ? [{ role: 'user', content: asked.input }] : asked.input;
  const said: Said[] = items.map((item) => {
    if ('type' in item && item.type === 'function_call_output') {
      return { role: 'tool', text: plain(item.output) };
    }
    return { role: item.role ?? 'assistant', text: plain(item.content) };
  });
  if (asked.instructions) said.unshift({ role: 'system', text: asked.instructions });
  return {
    ...gather(said, taskIdPattern),
    ...offers(asked.tools),
    api: 'responses',
    model: asked.model,
    stream: asked.stream ?? false,
    includeUsage: true,
    json: asked.text?.format?.type.startsWith('json') ?? false,
    maxOutputTokens: asked.max_output_tokens ?? undefined,
  };
}

function gather(said: Said[], taskIdPattern: RegExp) {
  const lastUser = said.findLastIndex(({ role }) => role === 'user');
  const rules = said.filter(({ role }) => role === 'system' || role === 'developer');
  const input = said.map(({ text }) => text).join('\n');
  return {
    system: rules.map(({ text }) => text).join('\n'),
    text: said[lastUser]?.text ?? '',
    input,
    toolResults: said
      .slice(lastUser + 1)
      .filter(({ role }) => role === 'tool')
      .map(({ text }) => text),
    taskId: taskIdPattern.exec(input)?.[1],
  };
}

function offers(given: z.infer<typeof common.tools>): Pick<Ask, 'tools' | 'offered'> {
  const offered = (given ?? []).flatMap((tool): Offer[] => {
    if ('function' in tool) return [tool.function];
    return 'name' in tool ? [tool] : [];
  });
  return { tools: offered.map(({ name }) => name), offered };
}

function plain(value: z.infer<typeof content>): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : value.map(({ text }) => text ?? '').join('\n');
}
