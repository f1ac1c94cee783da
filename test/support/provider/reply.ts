import { countTokens, defaultAnswer, type ToolCall, type Usage } from './answer';
import type { Ask } from './ask';
import type { ProviderOptions } from './options';

/** What will be said, before it takes the form of one API or the other. */
export interface Reply {
  /** The end of every id in the answer. */
  serial: string;
  model: string;
  /** Seconds since the epoch. */
  created: number;
  text: string;
  toolCalls: Array<{ id: string; name: string; arguments: string }>;
  usage: Usage;
  /** The limit on output tokens cut the text. */
  truncated: boolean;
}

/** The same ask and options give the same reply, whenever and in whatever order it is asked. */
export function composeReply(
  ask: Ask,
  options: ProviderOptions,
  number: number,
  now: number,
): Reply {
  const toolCalls = chooseTools(ask, options);
  const whole = toolCalls.length > 0 ? '' : (options.answer ?? defaultAnswer)(ask);
  const most = ask.maxOutputTokens ?? Infinity;
  const truncated = countTokens(whole) > most;
  const text = truncated ? whole.slice(0, most * 4) : whole;
  const said = text + toolCalls.map((call) => call.name + JSON.stringify(call.arguments)).join('');
  const counted = { input: countTokens(ask.input), output: Math.max(1, countTokens(said)) };
  const serial = number.toString(16).padStart(12, '0');
  return {
    serial,
    model: ask.model,
    created: Math.floor(now / 1000),
    text,
    toolCalls: toolCalls.map((call, index) => ({
      id: `call_${serial}${index}`,
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    })),
    usage: options.usage?.(ask, counted) ?? counted,
    truncated,
  };
}

/** A list is one round of calls; a function is asked again after every answer of a tool. */
function chooseTools(ask: Ask, { toolCalls }: ProviderOptions): Array<Required<ToolCall>> {
  const [first] = ask.tools;
  if (first === undefined || toolCalls === undefined) return [];
  const wanted = typeof toolCalls === 'function' ? toolCalls(ask) : toolCalls;
  if (typeof toolCalls !== 'function' && ask.toolResults.length > 0) return [];
  return wanted.map((call) => ({ name: call.name ?? first, arguments: call.arguments }));
}

/** Pieces as a stream brings them; joined they are the text again. */
export function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,24}/g) ?? [];
}
