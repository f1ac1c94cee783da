import { brokerCause } from '../broker/cause';
import { BrokerConnection, type ConnectionOptions } from '../broker/connection';
import { Intake } from '../broker/intake';
import { UnavailableError, type SwarmError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { pause } from '../contract/patience';
import type { BrokerSettings } from '../contract/settings';

export interface Desk extends ConnectionOptions {
  readonly broker: BrokerSettings;
  /** The dead-letter queue. */
  readonly queue: string;
}

export interface Visitor {
  /** Before the first letter; once more when it begins anew, and what was not let go is seen again. */
  begin(): void;
  /**
   * What is done with a letter that was taken. It stays in hand, and goes back at the end of the walk, unless `letGo` is called.
   *
   * @returns false to be shown no more
   */
  visit(delivery: Delivery, letGo: () => void): Promise<boolean> | boolean;
  /** After the last letter, all still in hand; not when the walk breaks off. */
  last?(): void;
  /** Resolves when everything that was begun for letters has ended. */
  idle?(): Promise<void>;
}

type Model = NonNullable<BrokerConnection['live']>;

/** The broker takes back what is in hand for half an hour (its usual consumer timeout), together with the channel. */
const LONGEST_HOLD_MS = 20 * 60_000;

/**
 * Looks at each letter that waits in the queue when it begins, the oldest first. They are taken one by one and none is let go before the
 * end, so each is seen once; then they are back in their old order, unless the connection is lost meanwhile. A letter that somebody else has in hand is not seen.
 *
 * Where letters would be held for longer than the broker allows, it begins anew.
 *
 * @throws SwarmError when the queue is not there, or the broker goes away meanwhile
 */
export async function walk({ broker, queue, reread }: Desk, visitor: Visitor): Promise<void> {
  const connection = await BrokerConnection.open(broker, 'dead letters', 'once', { reread });
  try {
    // Of letters alone that waited at the beginning: what comes meanwhile stands behind them.
    let left = Infinity;
    while (left > 0) left = await pass(connection, queue, visitor, left);
  } catch (error) {
    throw brokerCause(error, connection.settings);
  } finally {
    await connection.close();
  }
}

/** @returns how many letters are to be seen once more, because they were in hand for too long */
async function pass(
  connection: BrokerConnection,
  queue: string,
  visitor: Visitor,
  most: number,
): Promise<number> {
  const { live } = connection;
  if (!live) throw connectionLost();
  let lost: SwarmError | undefined;
  const intake = await lookingAt(live, queue, (error) => {
    lost = error ? brokerCause(error, connection.settings) : connectionLost();
  });
  const until = performance.now() + LONGEST_HOLD_MS;
  let [count, gone, going] = [0, 0, true];
  try {
    visitor.begin();
    count = Math.min(most, await intake.depth());
    for (let seen = 0; seen < count; seen += 1) {
      // A pass that let nothing go would be the same once more.
      if (gone > 0 && performance.now() > until) return count - gone;
      const delivery = await intake.pull(queue);
      if (!delivery) break;
      const letGo = () => {
        gone += 1;
        intake.ack(delivery.tag);
      };
      // The rest is taken all the same: what is put back stands behind what was put back before, so that only who had all keeps the order.
      if (going) going = await visitor.visit(delivery, letGo);
    }
    visitor.last?.();
    return 0;
  } catch (error) {
    throw lost ?? error;
  } finally {
    await visitor.idle?.();
    if (!lost) intake.putBack();
    await intake.close();
    if (!lost && count > gone) await untilBack(live, queue, count - gone).catch(() => undefined);
  }
}

/** Longest wait for letters to be back, ms: somebody else may have taken them. */
const BACK_WAIT_MS = 2000;

/** The broker puts them back a moment after the channel is closed. Who looks next shall find them in their old places. */
async function untilBack(model: Model, queue: string, least: number): Promise<void> {
  const until = performance.now() + BACK_WAIT_MS;
  const looking = await lookingAt(model, queue, () => undefined);
  try {
    while (performance.now() < until && (await looking.depth()) < least) await pause(10);
  } finally {
    await looking.close();
  }
}

/** Takes what it is told to take, one by one. */
async function lookingAt(
  model: Model,
  queue: string,
  onLost: (error: Error | undefined) => void,
): Promise<Intake> {
  return await Intake.start(model, {
    queue,
    prefetch: 0,
    consumerTimeoutMs: undefined,
    onDelivery: () => undefined,
    onCanceled: () => undefined,
    onLost,
  });
}

function connectionLost(): UnavailableError {
  return new UnavailableError(
    'disconnected',
    'The connection to RabbitMQ was lost.',
    'Nothing was lost with it: each letter is where it was, or its replay was confirmed. Try again.',
  );
}
