import type { Json } from './reference';
import type { RunEnd } from './verdicts';

/** What a workflow sees of a delivery. */
export interface DeliveryItem {
  readonly task_id: string;
  readonly intent: string;
  readonly ref: string | null;
  readonly tenant: string | null;
  readonly deadline: string | null;
  readonly data: Json;
  readonly payload?: Json;
  readonly swarm: {
    /** Token that names the delivery to Complete and the other words; opaque. */
    readonly delivery: string;
    readonly queue: string;
    /** 1 for the first. */
    readonly attempt: number;
    readonly group?: string;
    /** Key of the task that fanned it out. */
    readonly parent?: string;
    /** Of its message, where it has one. */
    readonly priority?: number;
    /** W3C trace context of its message. */
    readonly traceparent?: string;
    /** Who handed it over, the first one first. */
    readonly trail?: readonly Stage[];
    readonly test?: true;
  };
}

/** Where a task was before it was handed over. */
export interface Stage {
  readonly queue: string;
  readonly intent: string;
  /** ISO time of the hand-over. */
  readonly at: string;
  readonly note?: string | undefined;
}

/** Starts workflows. n8n is one; a bench has another. */
export interface RunHost {
  /** One run for one or several deliveries. Settles when the run ends; may never settle. Must not throw synchronously. */
  start(items: readonly DeliveryItem[]): Promise<RunEnd>;
}
