import type { ServerResponse } from 'node:http';
import type { Ask } from './ask';
import { chatBody, chatEvents } from './chatShape';
import type { Chance } from './chance';
import type { Clock } from './clock';
import type { ProviderOptions } from './options';
import type { Reply } from './reply';
import { responsesBody, responsesEvents } from './responsesShape';
import { sendJson } from '../loopback';

const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
};

/** How long the whole answer takes and when its first piece comes, in ms. */
export interface Pace {
  firstMs: number;
  totalMs: number;
}

export function paceOf(ask: Ask, reply: Reply, options: ProviderOptions, chance: Chance): Pace {
  const draw = 1 + options.jitter * (2 * chance('latency', ask.input) - 1);
  const speech = options.tokensPerSecond
    ? (reply.usage.output / options.tokensPerSecond) * 1000
    : 0;
  return { firstMs: options.latencyMs * draw, totalMs: (options.latencyMs + speech) * draw };
}

export interface Exchange {
  ask: Ask;
  reply: Reply;
  pace: Pace;
  headers: Record<string, string>;
  clock: Clock;
  /** The client went away. */
  signal: AbortSignal;
  /** The answer breaks off before its end. */
  lost: boolean;
  /** Called once, before the last byte goes out: whoever has the answer finds it in the ledger. */
  end: () => void;
}

/** Sends the answer in the form that was asked for, at its pace. */
export async function sendReply(response: ServerResponse, exchange: Exchange): Promise<void> {
  const { ask, reply, pace, headers, clock, signal, lost, end } = exchange;
  if (!ask.stream) {
    await clock.delay(pace.totalMs, signal);
    end();
    if (lost || signal.aborted) return;
    sendJson(response, 200, ask.api === 'chat' ? chatBody(reply) : responsesBody(reply), headers);
    return;
  }
  await clock.delay(pace.firstMs, signal);
  const events = ask.api === 'chat' ? chatEvents(reply, ask.includeUsage) : responsesEvents(reply);
  const pause = (pace.totalMs - pace.firstMs) / events.length;
  // Half of a lost stream is sent: a client that shows pieces has shown some when it breaks.
  const sent = lost ? events.slice(0, Math.ceil(events.length / 2)) : events;
  if (!signal.aborted) response.writeHead(200, { ...EVENT_STREAM, ...headers });
  for (const event of sent.slice(0, -1)) {
    if (signal.aborted) break;
    response.write(event);
    await clock.delay(pause, signal);
  }
  end();
  if (signal.aborted) return;
  // Until it is flushed: a broken connection takes along what still waits to be sent.
  await new Promise<void>((resolve) => response.write(sent.at(-1), () => resolve()));
  if (!lost) response.end();
}
