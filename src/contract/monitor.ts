import { z } from 'zod/v4';

import { budgetNameSchema } from './budget';
import { amqpName } from './settings';

/**
 * States that a monitor watches for.
 *
 * | state | stands while |
 * |---|---|
 * | depth | more tasks wait than the limit |
 * | age | what waits may be older than the limit |
 * | no_consumers | tasks wait and nobody consumes; of a queue that is named also while nothing waits, or when it is not there |
 * | dead_letters | tasks gave up lately, and letters are left |
 * | stalled | tasks wait, there are consumers, and nothing is received or ends; no budget that its trigger or its runs wait for explains it |
 * | budget_blocked | the provider pushes back, or a person paused it; or one that is named is not there |
 * | budget_used_up | a limit of a day is all but used; or calls wait for long while half of one of a minute is used |
 * | redis_away, rabbitmq_away | the server does not answer, or lets nobody in |
 */
export const TROUBLES = [
  'depth',
  'age',
  'no_consumers',
  'dead_letters',
  'stalled',
  'budget_blocked',
  'budget_used_up',
  'redis_away',
  'rabbitmq_away',
] as const;

export type Trouble = (typeof TROUBLES)[number];

const HOUR_MS = 3_600_000;
const time = z
  .int()
  .min(0)
  .max(24 * HOUR_MS);

export const monitorSchema = z.object({
  watch: z
    .array(z.enum(TROUBLES))
    .min(1, 'names no state')
    .default([...TROUBLES]),
  /** Queues to watch; none: all that a trigger has consumed with this Redis, in the virtual host of the broker. */
  queues: z.array(amqpName).max(200).default([]),
  /** Budgets to watch; none: all. */
  budgets: z.array(budgetNameSchema).max(200).default([]),
  /** Pause between two looks, ms, 1 s to 1 h. */
  everyMs: z.int().min(1000).max(HOUR_MS).default(15_000),
  /** A state begins when it was seen for so long without a break, ms, to 24 h. Dead letters begin at once. */
  beginMs: time.default(30_000),
  /** A state ends when it was not seen for so long without a break, ms, to 24 h. */
  endMs: time.default(60_000),
  /** Tasks that may wait, 1 to 100 million. */
  depth: z.int().min(1).max(100_000_000).default(1000),
  /** Age that what waits may have, ms, 1 s to 90 days. */
  ageMs: z
    .int()
    .min(1000)
    .max(90 * 24 * HOUR_MS)
    .default(HOUR_MS),
  /** Depth, age and use of a budget end below this share of their limit, 0.1 to 1. */
  endBelow: z.number().min(0.1).max(1).default(0.8),
  /** Dead letters are over when none came for so long, ms, or none is left. */
  quietMs: time.default(600_000),
  /** Stalled from so long without a sign on, ms; longer than the longest run, or a long run looks like it. */
  stalledMs: time.default(1_800_000),
  /** A limit of a minute counts as used up when calls wait for it for so long, ms. */
  fullMs: time.default(900_000),
});

export type MonitorSettings = z.infer<typeof monitorSchema>;
export type MonitorOptions = z.input<typeof monitorSchema>;

/** A state that began, or ended: what the workflow gets. */
export interface MonitorEvent {
  /** All of it in a sentence for a person. */
  readonly text: string;
  readonly trouble: Trouble;
  readonly change: 'began' | 'ended';
  readonly of: 'queue' | 'budget' | 'server';
  /** Of the queue or budget; `redis` or `rabbitmq`. */
  readonly name: string;
  /** Of a queue. */
  readonly vhost: string | null;
  /** ISO times. */
  readonly began_at: string;
  readonly ended_at: string | null;
  readonly lasted_seconds: number | null;
  /** Tasks (depth, stalled), s (age), consumers, dead letters, s still blocked, percent of a limit (budget_used_up). */
  readonly value: number | null;
  readonly limit: number | null;
  /** What to do about it. */
  readonly remedy: string;
}
