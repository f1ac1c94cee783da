import type { Headers, Outgoing } from '../contract/message';
import type { Reference } from '../contract/reference';
import { HEADER, WIRE_VERSION } from '../contract/wire';
import type { ReadRequest } from './request';

/** What a message says beyond its request. */
export interface Stamp {
  readonly body: Buffer;
  readonly messageId: string;
  readonly key: string;
  readonly fingerprint: string;
  /** Names the data, when the body goes without. */
  readonly claim: string | undefined;
  /** ms since 1970. */
  readonly now: number;
}

/** The body on the wire: JSON in UTF-8. Absent fields are left out. */
export function encodeBody(reference: Reference): Buffer {
  return Buffer.from(JSON.stringify(reference));
}

/** The body of a reference whose data stands apart. */
export function encodeWithoutData(reference: Reference): Buffer {
  return encodeBody({ ...reference, data: undefined });
}

/** Pure. `expiration` is never set: the broker would drop the task in silence; a deadline is told to a person. */
export function toMessage(request: ReadRequest, stamp: Stamp): Outgoing {
  const { reference } = request;
  return {
    exchange: request.exchange,
    routingKey: request.routingKey,
    body: stamp.body,
    messageId: stamp.messageId,
    properties: {
      type: reference.intent,
      correlationId: reference.group_id ?? undefined,
      contentType: 'application/json',
      priority: request.priority,
      timestamp: Math.floor(stamp.now / 1000),
    },
    headers: headersOf(request, stamp),
  };
}

function headersOf({ headers, traceparent }: ReadRequest, stamp: Stamp): Headers {
  const all: Headers = {
    ...headers,
    [HEADER.idempotencyKey]: stamp.key,
    [HEADER.version]: WIRE_VERSION,
    [HEADER.fingerprint]: stamp.fingerprint,
    [HEADER.firstSeen]: new Date(stamp.now).toISOString(),
  };
  if (stamp.claim !== undefined) all[HEADER.dataClaim] = stamp.claim;
  if (traceparent !== undefined) all[HEADER.traceparent] = traceparent;
  return all;
}
