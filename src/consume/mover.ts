import type { Delivery } from '../contract/message';
import { telemetry } from '../contract/telemetry';
import type { SettleVerdict, Task } from '../contract/verdicts';
import { decode } from './decode';
import type { Hand } from './hand';
import type { Room } from './room';

/** Undefined when the broker has the delivery again. */
export type MoveVerdict = { readonly kind: 'moved' } | SettleVerdict | undefined;

/**
 * Moves a delivery to another queue, for a lane or out of one. What is no reference is settled here. A crash on the way leaves it in both
 * queues under one id, and admission lets one of them run.
 */
export async function moveOn(
  delivery: Delivery,
  choose: (task: Task) => string,
  { ack }: Hand,
  { settlement, queue }: Room,
): Promise<MoveVerdict> {
  const decoded = decode(delivery, performance.now(), Date.now());
  if (decoded.kind === 'unreadable') {
    const { reason, detail } = decoded;
    return await telemetry().processed(delivery, queue, (traced) =>
      settlement.stateless(traced, { reason, message: detail }, ack),
    );
  }
  await settlement.move(decoded.task, choose(decoded.task), ack);
  return { kind: 'moved' };
}
