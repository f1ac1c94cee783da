import type { Limits } from './limits';
import type { Room } from './meter';
import type { ProviderOptions } from './options';

export type RateHeaders = 'openai' | 'anthropic' | 'none';

/** What comes with every answer about how much may still be asked. */
export function rateHeaders(
  limits: Limits,
  style: RateHeaders,
  now: number,
): Record<string, string> {
  const of = {
    openai: (what: string, room: Room) => ofOpenAi(what, room),
    anthropic: (what: string, room: Room) => ofAnthropic(what, room, now),
    none: () => ({}),
  }[style];
  const [requests, tokens] = [limits.requests(), limits.tokens()];
  return { ...(requests && of('requests', requests)), ...(tokens && of('tokens', tokens)) };
}

export function retryHeaders(
  retryAfterMs: number | undefined,
  mode: ProviderOptions['retryAfter'],
  style: RateHeaders,
): Record<string, string> {
  const ms = typeof mode === 'number' ? mode * 1000 : retryAfterMs;
  if (mode === 'none' || ms === undefined) return {};
  // Retry-After knows whole seconds only and must not be early. The SDK of OpenAI reads retry-after-ms first; Anthropic sends none.
  return {
    'retry-after': String(Math.ceil(ms / 1000)),
    ...(style !== 'anthropic' && { 'retry-after-ms': String(Math.ceil(ms)) }),
  };
}

function ofOpenAi(what: string, room: Room): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: String(room.limit),
    [`x-ratelimit-remaining-${what}`]: String(room.remaining),
    [`x-ratelimit-reset-${what}`]: duration(room.resetMs),
  };
}

/** Times are RFC 3339 in whole seconds, and what is left of tokens is rounded to thousands, as Anthropic documents it. */
function ofAnthropic(what: string, room: Room, now: number): Record<string, string> {
  const { limit, remaining } = room;
  const left = what === 'tokens' ? Math.round(remaining / 1000) * 1000 : remaining;
  const reset = new Date(Math.ceil((now + room.resetMs) / 1000) * 1000);
  return {
    [`anthropic-ratelimit-${what}-limit`]: String(limit),
    [`anthropic-ratelimit-${what}-remaining`]: String(left),
    [`anthropic-ratelimit-${what}-reset`]: reset.toISOString().replace('.000Z', 'Z'),
  };
}

/** As Go prints a duration, which is what OpenAI sends: 120ms, 7.66s, 6m0s. */
export function duration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole % 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
