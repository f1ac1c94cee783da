import { InputError } from '../contract/errors';
import type { ConsumerSettings } from '../contract/settings';

/** What a run is given beyond its limit before the broker takes the delivery back. */
const MARGIN_MS = 5 * 60_000;

/**
 * How long the broker shall let a delivery stay unacked. From 4.3 a consumer of a quorum queue says so for itself; 4.0 ignores the
 * argument (measured), and there, as before 3.12, the broker's own `consumer_timeout` or a policy holds, 30 min by default: it closes
 * the channel and takes every delivery on it back.
 *
 * @returns what to ask for, ms; undefined where asking changes nothing
 * @throws InputError when the run limit does not fit below the broker's own timeout
 */
export function consumerTimeout(
  { runLimitMs, brokerTimeoutMs }: Pick<ConsumerSettings, 'runLimitMs' | 'brokerTimeoutMs'>,
  version: string,
): number | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 4 || (major === 4 && minor >= 3)) return runLimitMs + MARGIN_MS;
  if (runLimitMs + MARGIN_MS <= brokerTimeoutMs) return undefined;
  const [limit, timeout, most] = [runLimitMs, brokerTimeoutMs, brokerTimeoutMs - MARGIN_MS].map(
    (ms) => ms / 60_000,
  );
  throw new InputError(
    'Run Limit',
    `is ${limit} minutes, but RabbitMQ ${version} takes a delivery back after ${timeout}`,
    `Set it to ${most} minutes or less. Or raise the broker's consumer_timeout, or a policy's consumer-timeout from 3.12 on, and state it in Broker Consumer Timeout.`,
  );
}
