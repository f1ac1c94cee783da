import { ladderRoute } from '../broker/ladder';
import type { Headers, Outgoing } from '../contract/message';
import type { Reference } from '../contract/reference';
import { traceToSend } from '../contract/telemetry';
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
  const { reference, delayMs, exchange, routingKey } = request;
  return {
    ...(delayMs > 0 ? ladderRoute(delayMs) : { exchange, routingKey }),
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

function headersOf(request: ReadRequest, stamp: Stamp): Headers {
  const { headers, traceparent, delayMs, routingKey } = request;
  const all: Headers = {
    ...headers,
    [HEADER.idempotencyKey]: stamp.key,
    [HEADER.version]: WIRE_VERSION,
    [HEADER.fingerprint]: stamp.fingerprint,
    [HEADER.firstSeen]: new Date(stamp.now).toISOString(),
  };
  if (stamp.claim !== undefined) all[HEADER.dataClaim] = stamp.claim;
  if (delayMs > 0) {
    // By which the last hop of the delay ladder finds it; and where it was sent to, which the ladder hides.
    all[HEADER.queue] = routingKey;
    all[HEADER.originExchange] = '';
    all[HEADER.originKey] = routingKey;
  }
  const trace = traceparent ?? headers[HEADER.traceparent] ?? traceToSend(undefined);
  if (trace !== undefined) all[HEADER.traceparent] = trace;
  return all;
}
