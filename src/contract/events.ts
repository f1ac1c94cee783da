import type { ClosedBy } from './group';
import type { Reason, SettleVerdict } from './verdicts';

/**
 * What a consumer tells whoever listens. Names are stable; fields are added, never renamed.
 *
 * | event | when |
 * |---|---|
 * | ready | the queue is being consumed (again) |
 * | away | the broker or the store does not answer; it is tried without end |
 * | held | a delivery waits because another process may still work on its task |
 * | throttled | a delivery waits for its budget: `why` is the constraint, or blocked, closed, paused, unknown |
 * | prefetch | it follows the budget, and is another one now |
 * | settled | a delivery's end is recorded and it was let go |
 * | taken_over | a lease was found expired and its task admitted again |
 * | lease_lost | a run's lease was taken over or its key is gone |
 * | fault | this pack failed at a delivery, which is dead-lettered as `internal_error` |
 * | joined | the join of a group is in the queue |
 * | canceled | the broker cancelled the consumer (queue deleted, node lost) |
 */
export interface ConsumerEvents {
  ready: { readonly epoch: number; readonly broker: string };
  away: { readonly what: 'broker' | 'store'; readonly error: string };
  held: { readonly key: string; readonly askAgainMs: number };
  throttled: { readonly key: string; readonly budget: string; readonly why: string };
  prefetch: { readonly prefetch: number };
  settled: { readonly messageId: string | undefined; readonly verdict: SettleVerdict };
  taken_over: { readonly key: string; readonly crashes: number };
  lease_lost: { readonly key: string; readonly fence: number };
  fault: { readonly messageId: string | undefined; readonly error: string };
  joined: { readonly group: string; readonly by: ClosedBy };
  canceled: { readonly queue: string };
}

export type EventName = keyof ConsumerEvents;

export type Tell = <N extends EventName>(name: N, event: ConsumerEvents[N]) => void;

/** Figures since a consumer started. */
export interface ConsumerCounts {
  delivered: number;
  runs: number;
  done: number;
  duplicates: number;
  dead: Partial<Record<Reason, number>>;
  overtaken: number;
  retried: number;
  throttled: number;
  parked: number;
  sentRound: number;
  canceled: number;
}
