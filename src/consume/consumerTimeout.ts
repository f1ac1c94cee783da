import { InputError } from '../contract/errors';
import { OLD_BROKER_CONSUMER_TIMEOUT_MIN } from '../contract/settings';

/** What a run is given beyond its limit before the broker takes the delivery back. */
const CONSUMER_TIMEOUT_MARGIN_MS = 5 * 60_000;

/**
 * From 3.12 a consumer says for itself how long a delivery may stay unacked; before, the broker closes the channel after 30 min.
 *
 * @throws InputError when the run limit does not fit below an old broker's timeout
 */
export function consumerTimeout(runLimitMs: number, version: string): number | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 3 || (major === 3 && minor >= 12)) return runLimitMs + CONSUMER_TIMEOUT_MARGIN_MS;
  const most = OLD_BROKER_CONSUMER_TIMEOUT_MIN * 60_000 - CONSUMER_TIMEOUT_MARGIN_MS;
  if (runLimitMs <= most) return undefined;
  throw new InputError(
    'Run Limit',
    `is ${runLimitMs / 60_000} minutes, but RabbitMQ ${version} takes a delivery back after ${OLD_BROKER_CONSUMER_TIMEOUT_MIN}`,
    `Set it to ${most / 60_000} minutes or less, or use RabbitMQ 3.12 or newer.`,
  );
}
