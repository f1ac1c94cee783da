import { pieces, type Reply } from './reply';

/** The forms of POST /v1/responses. */

export function responsesBody(reply: Reply): Record<string, unknown> {
  return {
    ...head(reply, reply.truncated ? 'incomplete' : 'completed'),
    output: items(reply, 'completed'),
    usage: {
      input_tokens: reply.usage.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: reply.usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: reply.usage.input + reply.usage.output,
    },
  };
}

/** The events of the stream, each a whole block of text as it goes over the wire. */
export function responsesEvents(reply: Reply): string[] {
  const started = { ...head(reply, 'in_progress'), output: [], usage: null };
  const last = reply.truncated ? 'response.incomplete' : 'response.completed';
  const events: Event[] = [
    ['response.created', { response: started }],
    ['response.in_progress', { response: started }],
    ...items(reply, 'completed').flatMap((item, output_index) => itemEvents(item, output_index)),
    [last, { response: responsesBody(reply) }],
  ];
  return events.map(([type, fields], sequence_number) => {
    const data = JSON.stringify({ type, sequence_number, ...fields });
    return `event: ${type}\ndata: ${data}\n\n`;
  });
}

type Event = [type: string, fields: Record<string, unknown>];

function itemEvents(item: Item, output_index: number): Event[] {
  const at = { item_id: item.id, output_index };
  return [
    ['response.output_item.added', { output_index, item: blank(item) }],
    ...('content' in item
      ? textEvents(item.content[0]?.text ?? '', { ...at, content_index: 0 })
      : callEvents(item.arguments, at)),
    ['response.output_item.done', { output_index, item }],
  ];
}

function textEvents(text: string, at: Record<string, unknown>): Event[] {
  return [
    ['response.content_part.added', { ...at, part: textPart('') }],
    ...pieces(text).map((delta): Event => [
      'response.output_text.delta',
      { ...at, delta, logprobs: [] },
    ]),
    ['response.output_text.done', { ...at, text, logprobs: [] }],
    ['response.content_part.done', { ...at, part: textPart(text) }],
  ];
}

function callEvents(args: string, at: Record<string, unknown>): Event[] {
  return [
    ...pieces(args).map((delta): Event => [
      'response.function_call_arguments.delta',
      { ...at, delta },
    ]),
    ['response.function_call_arguments.done', { ...at, arguments: args }],
  ];
}

type Item = ReturnType<typeof items>[number];

/** An item as it is announced, before anything of it was said. */
function blank(item: Item) {
  const empty = 'content' in item ? { content: [] } : { arguments: '' };
  return { ...item, ...empty, status: 'in_progress' };
}

function items(reply: Reply, status: string) {
  if (reply.toolCalls.length === 0) {
    const content = [textPart(reply.text)];
    const finished = reply.truncated ? 'incomplete' : status;
    const id = `msg_${reply.serial}`;
    return [{ id, type: 'message', status: finished, role: 'assistant', content }];
  }
  return reply.toolCalls.map((call) => ({
    id: `fc_${call.id}`,
    type: 'function_call',
    status,
    call_id: call.id,
    name: call.name,
    arguments: call.arguments,
  }));
}

function textPart(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function head(reply: Reply, status: string) {
  return {
    id: `resp_${reply.serial}`,
    object: 'response',
    created_at: reply.created,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model: reply.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    user: null,
  };
}
