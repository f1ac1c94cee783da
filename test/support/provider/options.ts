import type { Ask } from './ask';
import type { ToolCall, Usage } from './answer';
import { wallClock, type Clock } from './clock';
import type { RateHeaders } from './headers';

interface Aim {
  /** Share of the calls hit, 0 to 1. */
  share?: number;
  /** Calls hit, counted from 1 over all calls that got past key and form. */
  calls?: number[];
  /** Only calls of these tasks. Alone: all of them. */
  tasks?: string[];
  /** Let the same prompt through after so many hits. */
  times?: number;
}

/** What goes wrong on purpose. */
export type Fault = Aim &
  (
    | { kind: 'status'; status: number; retryAfterSeconds?: number }
    /** `start`: before any work. `answer`: the work is done and charged, the answer is lost. */
    | { kind: 'drop'; at: 'start' | 'answer' }
    /** No answer until the client goes away. */
    | { kind: 'hang' }
  );

export interface ProviderOptions {
  port: number;
  /** When set, any other key gets 401. */
  apiKey?: string;
  /** Listed by /v1/models. Others are answered too, unless `knownModelsOnly`: then 404. */
  models: string[];
  knownModelsOnly: boolean;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
  /** The "minute" of the two limits, in ms. */
  windowMs: number;
  /**
   * Whether a call leaves the window 60 s after its start or after its end. A call that is still
   * running counts in both cases, with what it will have used. `answer`: requests count from their
   * start; tokens when the answer ends and not before, so that what is used may exceed the limit.
   */
  countAt: 'start' | 'end' | 'answer';
  /**
   * Token buckets instead of a sliding window: each holds this share of its limit, above 0 to 1,
   * and is filled with the whole limit a minute. `countAt` `end` is then as `start`.
   */
  bucket?: number;
  concurrentLimit?: number;
  /** What Retry-After says on a limit: the time until there is room, always so many s, or nothing. */
  retryAfter: 'window' | 'none' | number;
  /** How every answer tells what may still be asked: as OpenAI or Anthropic do, or not at all. */
  rateHeaders: RateHeaders;
  /** So many calls are paid for; all later ones get 429 `insufficient_quota`. */
  paidCalls?: number;
  latencyMs: number;
  /** Speed of the answer, on top of `latencyMs`; at once when left out. */
  tokensPerSecond?: number;
  /** Share of the latency that chance adds or takes, 0 to 1. */
  jitter: number;
  faults: Fault[];
  /** Tool calls to answer with; none means it is time for the text. */
  toolCalls?: ToolCall[] | ((ask: Ask) => ToolCall[]);
  answer?: (ask: Ask) => string;
  /** What is billed, when it shall not be what the text has. */
  usage?: (ask: Ask, counted: Usage) => Usage;
  /** The first group is the task's id. */
  taskIdPattern: RegExp;
  seed: number;
  clock: Clock;
}

export const defaultOptions: ProviderOptions = {
  port: 0,
  models: ['stand-in', 'gpt-5-mini'],
  knownModelsOnly: false,
  windowMs: 60_000,
  countAt: 'end',
  retryAfter: 'window',
  rateHeaders: 'openai',
  latencyMs: 0,
  jitter: 0,
  faults: [],
  taskIdPattern: /task[_ -]?id["']?\s*[:=]\s*["']?([\w.:/@~-]*[\w/@~-])/i,
  seed: 1,
  clock: wallClock,
};
