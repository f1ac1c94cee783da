import type { Ask, BudgetOptions } from '../../../src/contract/budget';
import type { Answers } from './answers';

/** The budget that every call waits for. */
export interface Gate {
  readonly limits: BudgetOptions;
  readonly reserve: Ask['reserve'];
}

export interface Backlog {
  readonly tenant: string;
  readonly tasks: number;
  /** Published so long after those before, ms. */
  readonly afterMs: number;
}

/** What one scenario is made of; plain data, because its parts run in processes of their own. */
export interface Scenario {
  /** Where its figures stand in the result: `halved.without`. */
  readonly name: string;
  readonly provider: {
    readonly requestsPerMinute?: number;
    readonly tokensPerMinute?: number;
    /** What a refusal says: the time until there is room, or nothing. */
    readonly retryAfter: 'window' | 'none';
  };
  /** From the first call on, until the provider halves its limit on requests; then it lasts so much longer. */
  readonly halvesAfterMs?: number;
  readonly answers: Answers;
  readonly prefetch: number;
  /** Without it nothing but prefetch bounds what is asked. */
  readonly gate?: Gate | undefined;
  /** From the first call on. */
  readonly lastsMs: number;
  /** In the queue from the start on: more than can be done. */
  readonly tasks: number;
  /** Whom the tasks are for, one tenant's before the next one's; the last one's wait is measured. */
  readonly tenants?: readonly Backlog[];
}

export const CONSUMERS = 5;
/** Of scenarios with tenants. */
export const LANES = 8;
export const REQUESTS = 600;
export const TOKENS = 90_000;
export const MINUTE_MS = 60_000;
/** The most a call may answer, as its caller says. */
export const CAP_TOKENS = 4096;
/** What a person would type where calls shall not come in bursts: a tenth of the limit may go at once. */
const BURST = 0.1;

const LONG: Answers = { input: 200, median: 300, sigma: 1, cap: CAP_TOKENS };
/** A fifth of it, 2 s on average: 50 calls at once come to 1,500 a minute, so that the limit on requests stands in the way. */
const SHORT: Answers = { ...LONG, median: 60, cap: 819 };

export function scenarios(minutes: number): Scenario[] {
  const lastsMs = minutes * MINUTE_MS;
  const plenty = (perMinute: number) => Math.ceil((minutes + 1) * perMinute) + 500;
  const requests = {
    provider: { requestsPerMinute: REQUESTS, retryAfter: 'window' as const },
    answers: SHORT,
    prefetch: 10,
    gate: {
      limits: { minute: { requests: REQUESTS }, burst: BURST },
      reserve: 'strict' as const,
    },
    lastsMs,
    tasks: plenty(REQUESTS),
  };
  const tokens = (reserve: Ask['reserve']) => ({
    provider: { tokensPerMinute: TOKENS, retryAfter: 'window' as const },
    answers: LONG,
    prefetch: 20,
    gate: { limits: { minute: { total: TOKENS } }, reserve },
    lastsMs,
    tasks: plenty(TOKENS / LONG.input),
  });
  const halved = { ...requests, halvesAfterMs: MINUTE_MS, lastsMs: lastsMs + MINUTE_MS };
  const silent = { ...halved.provider, retryAfter: 'none' as const };
  // Without a burst: what nobody used before would be the same for one tenant as for two.
  const even = (perMinute: number) => ({
    ...requests,
    provider: { requestsPerMinute: perMinute, retryAfter: 'window' as const },
    gate: {
      limits: { minute: { requests: perMinute }, burst: 0.01 },
      reserve: 'strict' as const,
    },
    prefetch: 100,
    lastsMs: MINUTE_MS,
  });
  // When the small one comes, the large one has every place.
  const large = { tenant: 'large', tasks: 10_000, afterMs: 0 };
  const small = { tenant: 'small', tasks: 100, afterMs: 30_000 };
  return [
    { name: 'rpm', ...requests },
    { name: 'tpm_strict', ...tokens('strict') },
    { name: 'tpm_learned', ...tokens('learned') },
    { name: 'prefetch_only', ...requests, gate: undefined, tasks: plenty(1600) },
    { name: 'halved.with_retry_after', ...halved },
    { name: 'halved.without', ...halved, provider: silent },
    { name: 'fair.shared', ...even(REQUESTS), tenants: [large, small] },
    { name: 'fair.alone', ...even(REQUESTS / 2), tenants: [small] },
  ];
}
