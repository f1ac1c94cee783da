import { mostInAMinute, type Seen } from '../../support/llmCalls';
import { MINUTE_MS, REQUESTS, TOKENS, type Scenario } from './scenario';

/** What the provider of a scenario saw. */
export interface Observed {
  readonly seen: readonly Seen[];
  readonly halvedAt?: number | undefined;
}

export type Figures = Readonly<Record<string, number>>;

/** Utilisation is by the provider's own count: requests when they arrive, tokens when the answer ends. */
export function figuresOf(scenario: Scenario, { seen, halvedAt }: Observed): Figures {
  const began = seen[0]?.arrived ?? 0;
  const ended = began + scenario.lastsMs;
  const calls = seen.filter(({ arrived }) => arrived <= ended);
  const rejected = calls.filter((call) => call.rejected).length;
  const more = { calls: calls.length };
  if (scenario.halvesAfterMs !== undefined) {
    if (halvedAt === undefined) throw new Error(`${scenario.name}: nothing was halved`);
    const after = calls.filter(({ arrived }) => arrived > halvedAt);
    const refused = after.filter((call) => call.rejected).length;
    const from = Math.min(halvedAt + MINUTE_MS, (halvedAt + ended) / 2);
    return {
      rejected_share: rounded(refused / after.length),
      utilisation: rounded(requestsIn(calls, from, ended) / perMinute(REQUESTS / 2, from, ended)),
      rejected: refused,
      calls: after.length,
    };
  }
  if (scenario.provider.tokensPerMinute === undefined) {
    const used = requestsIn(calls, began, ended) / perMinute(REQUESTS, began, ended);
    const most = mostInAMinute(calls.map((call) => ({ ...call, ended: call.arrived, tokens: 1 })));
    const utilisation = scenario.gate && { utilisation: rounded(used) };
    return { ...utilisation, rejected, most_in_60_s: most, ...more };
  }
  // Without the minute in which it learns.
  const from = scenario.lastsMs > MINUTE_MS ? began + MINUTE_MS : began;
  const answered = calls.filter((call) => call.ended <= ended);
  const most = mostInAMinute(answered);
  const tokens = answered
    .filter((call) => call.ended > from)
    .reduce((sum, it) => sum + it.tokens, 0);
  return {
    utilisation: rounded(tokens / perMinute(TOKENS, from, ended)),
    over_limit_tokens: Math.max(0, most - TOKENS),
    rejected,
    most_in_60_s: most,
    ...more,
  };
}

function requestsIn(calls: readonly Seen[], from: number, to: number): number {
  return calls.filter((call) => !call.rejected && call.arrived >= from && call.arrived < to).length;
}

/** What the limit lets through within a span. */
function perMinute(limit: number, from: number, to: number): number {
  return (limit * (to - from)) / MINUTE_MS;
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
