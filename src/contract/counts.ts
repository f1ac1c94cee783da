/**
 * Upper bounds of the buckets in which times are counted, ms; what is longer goes to one more. From a task that waits a tenth of a second
 * to one that waits a day.
 */
export const TIME_BOUNDS_MS = [
  100, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000,
  86_400_000,
] as const;

/** Tenants of one budget that are told apart; the others are counted together. */
export const MOST_TENANTS = 100;
