import type { Delivery } from '../contract/message';
import { readTraceparent } from '../contract/trace';
import { readTrail } from '../contract/trail';
import type { DeliveryItem } from '../contract/run';
import type { RedeemVerdict } from '../contract/verdicts';
import { HEADER } from '../contract/wire';

type Redeemed = Omit<Extract<RedeemVerdict, { kind: 'redeemed' }>, 'claims'>;

/** What a workflow sees. Unknown fields of the message pass through; the pack's own names win. */
export function itemOf(
  { reference, payload }: Redeemed,
  swarm: Pick<DeliveryItem['swarm'], 'delivery' | 'queue' | 'attempt' | 'test'>,
  { headers, properties }: Pick<Delivery, 'headers' | 'properties'> = {
    headers: {},
    properties: {},
  },
): DeliveryItem {
  const { estimate: _estimate, idempotency_key: _key, group_id: group, ...rest } = reference;
  const parent = headers[HEADER.parent];
  const traceparent = readTraceparent(headers[HEADER.traceparent]);
  const { priority } = properties;
  const trail = readTrail(headers[HEADER.trail]);
  return {
    ...rest,
    task_id: reference.task_id,
    intent: reference.intent,
    ref: reference.ref ?? null,
    tenant: reference.tenant ?? null,
    deadline: reference.deadline ?? null,
    data: reference.data ?? {},
    ...(payload !== undefined && { payload }),
    swarm: {
      ...swarm,
      ...(group != null && { group }),
      ...(typeof parent === 'string' && { parent }),
      ...(priority !== undefined && { priority }),
      ...(trail && { trail }),
      ...(traceparent !== undefined && { traceparent }),
    },
  };
}
