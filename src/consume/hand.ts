import type { Ack } from '../contract/message';

/** The channel on which a delivery came. `signal` aborts when the channel ends or the consumer closes. */
export interface Hand {
  readonly ack: Ack;
  readonly signal: AbortSignal;
}
