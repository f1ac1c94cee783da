import { randomUUID } from 'node:crypto';

import { bodyAndProperties, type Delivery, type Headers, type Outgoing } from '../contract/message';
import type { JsonObject } from '../contract/reference';
import { HEADER, travels, WIRE_VERSION } from '../contract/wire';
import { isOurs, jsonOf } from './letter';
import { mend } from './mend';

export interface Stamp {
  readonly to: string;
  readonly from: string;
  /** Shared by the replays of one act. */
  readonly batch: string;
  readonly edit?: JsonObject | undefined;
  readonly withoutDeadline: boolean;
}

/** What belongs to the life that ended: attempts start from zero. */
const ENDED: ReadonlySet<string> = new Set([
  HEADER.reason,
  HEADER.failure,
  HEADER.attempt,
  HEADER.throttled,
]);

/**
 * The task of a letter, as it is sent again, straight to a queue. It names the letter, so that a second copy of it is known as one. A
 * letter of the broker's own making keeps its id: its task may still be taken for one that waits for just that message.
 *
 * @throws InputError when the edit cannot be laid over it
 */
export function replayOf(delivery: Delivery, stamp: Stamp, now: number): Outgoing {
  const { to, edit, withoutDeadline } = stamp;
  const patch = withoutDeadline && hasDeadline(delivery) ? { ...edit, deadline: null } : edit;
  const { messageId } = delivery.properties;
  const same = bodyAndProperties(delivery);
  const body = patch === undefined ? same.body : mend(delivery, patch);
  return {
    ...same,
    body,
    exchange: '',
    routingKey: to,
    messageId: (isOurs(delivery) ? undefined : messageId) ?? randomUUID(),
    properties: { ...same.properties, ...propertiesOf(edit) },
    headers: headersOf(delivery, stamp, now),
  };
}

function hasDeadline({ body }: Delivery): boolean {
  const json = jsonOf(body.toString());
  return typeof json === 'object' && json !== null && 'deadline' in json;
}

function propertiesOf(edit: JsonObject | undefined): Pick<Outgoing['properties'], 'type'> {
  return typeof edit?.intent === 'string' ? { type: edit.intent } : {};
}

function headersOf(delivery: Delivery, stamp: Stamp, now: number): Headers {
  const { from, to, batch, edit, withoutDeadline } = stamp;
  const kept = Object.entries(delivery.headers).filter(
    ([name]) =>
      travels(name) &&
      !ENDED.has(name) &&
      !(withoutDeadline && name === HEADER.deadline) &&
      // Of what the task was before: who takes it makes it anew.
      !(edit && name === HEADER.fingerprint),
  );
  const { messageId } = delivery.properties;
  return {
    ...Object.fromEntries(kept),
    [HEADER.version]: WIRE_VERSION,
    [HEADER.queue]: to,
    ...(isOurs(delivery) && messageId !== undefined && { [HEADER.replays]: messageId }),
    [HEADER.replayedFrom]: from,
    [HEADER.replayedAt]: new Date(now).toISOString(),
    [HEADER.replayBatch]: batch,
  };
}
