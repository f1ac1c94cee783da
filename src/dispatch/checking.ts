import type { Publisher } from '../contract/message';

/** A publisher that can look first. */
export interface CheckingPublisher extends Publisher {
  /**
   * Messages that wait in a queue and in its lanes; those that are in somebody's hands do not count.
   *
   * @throws RefusedError `not_found`
   */
  depth(queue: string): Promise<number>;
  /**
   * Sees to it that what is published to the delay ladder for a queue comes back to it.
   *
   * @throws RefusedError `not_found`, `no_rights`
   */
  layDelay(queue: string, delayMs: number): Promise<void>;
}
