/** A close that comes this long after the last deadline is another shutdown, ms. */
const ANOTHER_MS = 5000;

let deadline = -Infinity;

/**
 * One deadline for the process: n8n closes all triggers one after another within its own grace time (30 s by default), so
 * three triggers that each drained 20 s would be killed in the middle.
 *
 * @param now ms of a monotonic clock
 * @returns how long this consumer may drain, ms
 */
export function drainTime(drainMs: number, now: number = performance.now()): number {
  if (now > deadline + ANOTHER_MS) deadline = now + drainMs;
  return Math.max(0, Math.min(drainMs, deadline - now));
}
