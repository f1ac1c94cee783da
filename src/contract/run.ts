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
    readonly test?: true;
  };
}

/** Starts workflows. n8n is one; a bench has another. */
export interface RunHost {
  /** One run for one or several deliveries. Settles when the run ends; may never settle. Must not throw synchronously. */
  start(items: readonly DeliveryItem[]): Promise<RunEnd>;
}
