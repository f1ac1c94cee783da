import { z } from 'zod/v4';

const HOUR_MS = 3_600_000;

/** Statuses that say: the same request will be refused again. */
export const GIVE_UP_ON = [400, 401, 402, 403, 404, 405, 410, 413, 415, 422] as const;

export const IF_RUN_FAILS = ['retry', 'dead_letter'] as const;

/** What becomes of runs that fail. */
export const retrySchema = z.object({
  ifRunFails: z.enum(IF_RUN_FAILS).default('retry'),
  /** Runs that may fail before a task is given up, 1 to 1,000. */
  attempts: z.int().min(1).max(1000).default(5),
  /** Longest delay before the second attempt, ms, 0 to 24 h. */
  baseMs: z
    .int()
    .min(0)
    .max(24 * HOUR_MS)
    .default(1000),
  /** What each further delay is multiplied by, 1 to 10. */
  factor: z.number().min(1).max(10).default(4),
  /** Longest delay, ms, 100 ms to 24 h. */
  capMs: z
    .int()
    .min(100)
    .max(24 * HOUR_MS)
    .default(15 * 60_000),
  /** HTTP statuses of errors that cannot pass. */
  giveUpOn: z.array(z.int().min(400).max(599)).default([...GIVE_UP_ON]),
  /** Times a task may be throttled before it is given up, 0 to 100,000. */
  throttles: z.int().min(0).max(100_000).default(100),
  /** Longest time since its first run that a task may go on being throttled, ms, 1 s to 30 days. */
  throttledMs: z
    .int()
    .min(1000)
    .max(30 * 24 * HOUR_MS)
    .default(24 * HOUR_MS),
});

export type RetryPolicy = z.infer<typeof retrySchema>;

/** Longest delay that the ladder takes, ms: 9 days. */
export const LONGEST_DELAY_MS = 9 * 24 * HOUR_MS;
