import { pieces, type Reply } from './reply';

/** The forms of POST /v1/chat/completions. */

export function chatBody(reply: Reply): unknown {
  const message = {
    role: 'assistant',
    content: reply.toolCalls.length > 0 ? null : reply.text,
    refusal: null,
    annotations: [],
    ...(reply.toolCalls.length > 0 && { tool_calls: reply.toolCalls.map(toolCall) }),
  };
  return {
    ...head(reply, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply) }],
    usage: usage(reply),
  };
}

/** The events of the stream, each a whole block of text as it goes over the wire. */
export function chatEvents(reply: Reply, includeUsage: boolean): string[] {
  const chunk = (choices: unknown[], used: unknown = null) =>
    `data: ${JSON.stringify({
      ...head(reply, 'chat.completion.chunk'),
      choices,
      ...(includeUsage && { usage: used }),
    })}\n\n`;
  const delta = (said: unknown, finish: string | null = null) =>
    chunk([{ index: 0, delta: said, logprobs: null, finish_reason: finish }]);

  const calls = reply.toolCalls.flatMap((call, index) => [
    delta({ tool_calls: [{ ...toolCall({ ...call, arguments: '' }), index }] }),
    ...pieces(call.arguments).map((part) =>
      delta({ tool_calls: [{ index, function: { arguments: part } }] }),
    ),
  ]);
  return [
    delta({ role: 'assistant', content: calls.length > 0 ? null : '', refusal: null }),
    ...calls,
    ...pieces(reply.text).map((content) => delta({ content })),
    delta({}, finishReason(reply)),
    ...(includeUsage ? [chunk([], usage(reply))] : []),
    'data: [DONE]\n\n',
  ];
}

function head(reply: Reply, object: string) {
  return {
    id: `chatcmpl-${reply.serial}`,
    object,
    created: reply.created,
    model: reply.model,
    service_tier: 'default',
    system_fingerprint: 'fp_stand_in',
  };
}

function toolCall(call: Reply['toolCalls'][number]) {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  };
}

function finishReason(reply: Reply): string {
  if (reply.toolCalls.length > 0) return 'tool_calls';
  return reply.truncated ? 'length' : 'stop';
}

function usage({ usage: { input, output } }: Reply) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
