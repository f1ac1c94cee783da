import type { RetryPolicy } from '../contract/retrySettings';

/**
 * Exponential backoff with full jitter: a random part of `min(cap, base x factor^(n - 1))`, ms, so that tasks that failed together
 * do not come back together. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param n 1 for the first delay
 * @param random 0 up to, not including, 1
 */
export function backoff(
  policy: Pick<RetryPolicy, 'baseMs' | 'factor' | 'capMs'>,
  n: number,
  random: number,
): number {
  return random * longestBackoff(policy, n);
}

/** The longest that `backoff` may answer, ms. */
export function longestBackoff(
  { baseMs, factor, capMs }: Pick<RetryPolicy, 'baseMs' | 'factor' | 'capMs'>,
  n: number,
): number {
  return Math.min(capMs, baseMs * factor ** (n - 1));
}
