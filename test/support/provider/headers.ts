import type { Limits, Room } from './limits';

/** The headers OpenAI sends with every answer about how much may still be asked. */
export function rateHeaders(limits: Limits): Record<string, string> {
  return { ...headersOf('requests', limits.requests()), ...headersOf('tokens', limits.tokens()) };
}

export function retryHeaders(
  retryAfterMs: number | undefined,
  mode: 'window' | 'none' | number,
): Record<string, string> {
  const ms = typeof mode === 'number' ? mode * 1000 : retryAfterMs;
  if (mode === 'none' || ms === undefined) return {};
  // The SDK reads retry-after-ms first; Retry-After knows whole seconds only and must not be early.
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(Math.ceil(ms)) };
}

function headersOf(what: string, room: Room | undefined): Record<string, string> {
  if (room === undefined) return {};
  return {
    [`x-ratelimit-limit-${what}`]: String(room.limit),
    [`x-ratelimit-remaining-${what}`]: String(room.remaining),
    [`x-ratelimit-reset-${what}`]: duration(room.resetMs),
  };
}

/** As Go prints a duration, which is what OpenAI sends: 120ms, 7.66s, 6m0s. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Number(((ms % 60_000) / 1000).toFixed(3));
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
