export interface QueueDeclaration {
  readonly kind: 'queue';
  readonly name: string;
  readonly arguments: Record<string, unknown>;
  /** Somebody else's: it must be there, whatever its arguments are. */
  readonly asItIs?: boolean;
}

/** What must stand on the broker, as data. */
export type Declaration =
  | QueueDeclaration
  | {
      readonly kind: 'exchange';
      readonly name: string;
      readonly type: string;
      readonly arguments: Record<string, unknown>;
    }
  | {
      readonly kind: 'binding';
      readonly queue: string;
      readonly exchange: string;
      readonly routingKey: string;
      readonly arguments: Record<string, unknown>;
    }
  /** A binding from one exchange to another. */
  | {
      readonly kind: 'passage';
      readonly from: string;
      readonly to: string;
      readonly routingKey: string;
    };

/**
 * Returns of a message that no process lives to see. Closing a consumer with 100 in hand counts as one return for each of them,
 * and RabbitMQ 4 drops a message after 20 by default (measured: 21 clean closes lost all 100); crashes are counted in Redis instead.
 * Not -1: 4.0 reads it as no limit, but 3.10 as a limit that the first return exceeds (measured: it dropped the message).
 */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** Arguments cannot change once a queue exists, so they hold only what must never change. */
export const QUORUM = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': NO_DELIVERY_LIMIT,
} as const;
