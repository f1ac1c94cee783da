import type { Ack } from '../contract/message';
import type { Processing } from '../contract/telemetry';

/** The channel on which a delivery came. `signal` aborts when the channel ends or the consumer closes. */
export interface Hand {
  readonly ack: Ack;
  readonly signal: AbortSignal;
  /** Of a delivery on the path, where somebody listens. */
  readonly processing?: Processing;
}
