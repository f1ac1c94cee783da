import { onShutdown } from '../contract/shutdown';

let watching = false;
let ending = false;
let deadline: number | undefined;

/** For the host of consumers, once: from now on they know when the process is asked to end. */
export function watchForShutdown(): void {
  if (watching) return;
  watching = true;
  onShutdown(() => (ending = true));
}

/**
 * While the process ends there is one deadline for all of its consumers, set by the first that closes: n8n closes all triggers one after
 * another within its own grace time (30 s by default), so three triggers that each drained 20 s would be killed in the middle.
 *
 * @param now ms of a monotonic clock
 * @returns how long this consumer may drain, ms
 */
export function drainTime(drainMs: number, now: number = performance.now()): number {
  if (!ending) return drainMs;
  deadline ??= now + drainMs;
  return Math.max(0, Math.min(drainMs, deadline - now));
}
