/** "Please try again in 6m0s", "Please retry after 26 seconds", "retry in 500ms". */
const SAID =
  /\b(?:try again|retry)\s+(?:in|after)\s+((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|minutes?|min|m|seconds?|secs?|s|hours?|h)(?![a-z])[\s,]*)+)/i;
const PART = /(\d+(?:\.\d+)?)\s*(ms|millisecond|h|m|s)/gi;
const UNIT_MS: Record<string, number> = { ms: 1, millisecond: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** ms, out of `retry-after-ms`, else `retry-after`: seconds or an HTTP date. */
export function retryAfterOf(headers: unknown, now: number): number | undefined {
  const ms = headerOf(headers, 'retry-after-ms');
  if (ms !== undefined && Number(ms) >= 0) return Math.round(Number(ms));
  const after = headerOf(headers, 'retry-after');
  if (after === undefined) return undefined;
  if (Number(after) >= 0) return Math.round(Number(after) * 1000);
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** ms, out of what providers write into their messages. */
export function retryAfterIn(text: string): number | undefined {
  const [, parts] = SAID.exec(text) ?? [];
  if (parts === undefined) return undefined;
  const all = [...parts.matchAll(PART)];
  return all.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit.toLowerCase()] ?? 0),
    0,
  );
}

/** Of a web Headers object, one of axios, or a plain object. Blank is absent. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const { get } = headers as { get?: unknown };
  const value: unknown =
    typeof get === 'function'
      ? get.call(headers, name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return String(value).trim() || undefined;
}
