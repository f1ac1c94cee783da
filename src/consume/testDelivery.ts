import { BrokerConnection } from '../broker/connection';
import { brokerCause } from '../broker/cause';
import { Intake } from '../broker/intake';
import { InputError, UnavailableError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { firstProblem, referenceSchema } from '../contract/reference';
import { STORE_NAMES, type PayloadPlaces } from '../contract/payloadStores';
import type { DeliveryItem } from '../contract/run';
import type { BrokerSettings, StoreSettings } from '../contract/settings';
import type { Task } from '../contract/verdicts';
import { laneOf } from '../contract/wire';
import { howToGive } from '../payload/places';
import { useStoreOf } from '../store/pool';
import { TEST_TOKEN } from '../word/token';
import { CurrentPlaces } from './currentPlaces';
import { decode } from './decode';
import { itemOf } from './item';
import { redeemClaims } from './redeem';

/**
 * Waits for one message of a queue, or of the lanes behind it, shows it as an item, and puts it back: the channel closes without an ack.
 * No lease, no state, no budget; nothing is declared.
 *
 * @param more `lanes`: those that do not exist hold nothing; `payloads`: where payloads may be, beside the store
 * @throws RefusedError `not_found` when there is no such queue
 * @throws InputError when the message cannot be read, or what it claims is gone
 * @throws UnavailableError when the signal aborts or the connection is lost first
 */
export async function peekDelivery(
  broker: BrokerSettings,
  store: StoreSettings,
  queue: string,
  signal: AbortSignal,
  { lanes = 0, payloads }: { readonly lanes?: number; readonly payloads?: PayloadPlaces } = {},
): Promise<DeliveryItem> {
  const connection = await BrokerConnection.open(broker, 'test', 'once');
  try {
    const delivery = await firstDelivery(connection, broker, { queue, lanes }, signal);
    const decoded = decode(delivery, performance.now(), Date.now());
    if (decoded.kind === 'unreadable') {
      throw new InputError(
        'Message',
        `${decoded.detail} (${decoded.reason})`,
        'A published workflow dead-letters this message. It was put back into the queue.',
      );
    }
    const places = new CurrentPlaces({ redis: useStoreOf(store), ...payloads });
    return await itemFrom(decoded.task, places, queue);
  } finally {
    await connection.close();
  }
}

/**
 * An item made of typed-in JSON, as if a message with this body had come.
 *
 * @throws InputError naming the field that a consumer would refuse
 */
export function itemOfJson(json: unknown, queue: string): DeliveryItem {
  const result = referenceSchema.safeParse(json);
  if (result.success) {
    return itemOf({ kind: 'redeemed', reference: result.data }, testing(queue));
  }
  const { field, problem } = firstProblem(result.error);
  throw new InputError(`Test JSON ${field}`, problem, 'Give at least task_id and intent, as text.');
}

async function itemFrom(task: Task, places: CurrentPlaces, queue: string): Promise<DeliveryItem> {
  const redeemed = await redeemClaims(places, task);
  if (redeemed.kind === 'redeemed') return itemOf(redeemed, testing(queue), task.delivery);
  if (redeemed.kind === 'out_of_reach') {
    const { claim, store } = redeemed;
    throw new InputError(
      'Payload Store',
      `${claim} is kept in ${STORE_NAMES[store]}, and this trigger was not given it`,
      `${howToGive(store)} The message was put back into the queue.`,
    );
  }
  throw new InputError(
    'Message',
    `nothing is stored under ${redeemed.claim}`,
    'Its time to live ran out or it was deleted. The message was put back into the queue.',
  );
}

function testing(queue: string): DeliveryItem['swarm'] {
  return { delivery: TEST_TOKEN, queue, attempt: 1, test: true };
}

async function firstDelivery(
  connection: BrokerConnection,
  broker: BrokerSettings,
  { queue, lanes }: { readonly queue: string; readonly lanes: number },
  signal: AbortSignal,
): Promise<Delivery> {
  const model = connection.live;
  if (!model) throw closed('the connection was lost');
  let end: () => void = () => undefined;
  try {
    return await new Promise<Delivery>((resolve, reject) => {
      end = () => reject(closed('the test was stopped'));
      signal.addEventListener('abort', end, { once: true });
      const takeFrom = (name: string, failed: (error: Error) => void) =>
        Intake.start(model, {
          queue: name,
          prefetch: 1,
          consumerTimeoutMs: undefined,
          onDelivery: resolve,
          onCanceled: () => failed(closed('the queue was deleted')),
          onLost: (error) => failed(error ?? closed('the connection was lost')),
        }).catch(failed);
      void takeFrom(queue, reject);
      for (let lane = 0; lane < lanes; lane += 1) {
        void takeFrom(laneOf(queue, lane), () => undefined);
      }
    });
  } catch (error) {
    throw brokerCause(error, broker);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function closed(why: string): UnavailableError {
  return new UnavailableError('closed', `No message was taken: ${why}.`, 'Test again.');
}
