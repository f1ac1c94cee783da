import { messageOf } from '../contract/errors';
import type { Delivery } from '../contract/message';
import { ClosedError } from '../contract/patience';
import type { SettleVerdict } from '../contract/verdicts';
import type { Hand } from './hand';
import type { InFlight } from './inFlight';
import type { Room } from './room';

/**
 * What is done with a delivery, in flight until it is over.
 *
 * @returns undefined when the broker has the delivery again. Does not reject
 */
export async function guarded<V>(
  delivery: Delivery,
  act: Promise<V>,
  hand: Hand,
  inFlight: InFlight,
  room: Room,
): Promise<V | SettleVerdict | undefined> {
  const settled = act.catch(async (error: unknown) => {
    if (error instanceof ClosedError) return undefined;
    // A fault of ours: told and dead-lettered, because a delivery that nobody settles blocks its place for ever.
    const message = messageOf(error);
    room.tell('fault', { messageId: delivery.properties.messageId, error: message });
    const why = { reason: 'internal_error', message } as const;
    return await room.settlement.stateless(delivery, why, hand.ack);
  });
  const over = settled.catch(() => undefined);
  inFlight.add(over.then(() => undefined));
  return await over;
}
