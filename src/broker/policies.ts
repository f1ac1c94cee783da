/** A policy as the broker has it. Of several that fit a queue the one with the highest priority holds alone. */
export interface Policy {
  readonly name: string;
  /** Regular expression over names of queues or exchanges. */
  readonly pattern: string;
  readonly applyTo: string;
  readonly priority: number;
  /** Such as `{"max-length": 1000}`. */
  readonly definition: Readonly<Record<string, unknown>>;
}
