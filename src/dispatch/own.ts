import { randomUUID } from 'node:crypto';

import type { Headers, Outgoing } from '../contract/message';
import type { JsonObject } from '../contract/reference';
import type { DispatchSettings } from '../contract/settings';
import { encode, storeApart, type Encoded, type UsePayloads } from './apart';
import { fingerprintOf } from './idempotency';
import { toMessage } from './message';
import { readRequest, type DispatchRequest, type ReadRequest } from './request';

/** A request with which nothing is wrong, and nothing is stored or sent of it yet. */
export interface Prepared extends Encoded {
  readonly request: ReadRequest;
  readonly fingerprint: string;
}

/**
 * @param unknown further fields of its body; the pack's own names win
 * @throws InputError naming the field
 */
export function prepare(
  given: DispatchRequest,
  { storeAboveBytes }: DispatchSettings,
  unknown: JsonObject = {},
): Prepared {
  const read = readRequest(given);
  const request = { ...read, reference: { ...unknown, ...read.reference } };
  const fingerprint = fingerprintOf(request.reference);
  return { request, fingerprint, ...encode(request.reference, storeAboveBytes, true) };
}

/** A message of the pack's own, with a key and headers that no sender may set. Stores its data apart when it is large. */
export async function ownMessage(
  { request, fingerprint, body, apart }: Prepared,
  key: string,
  own: Headers,
  settings: DispatchSettings,
  usePayloads: UsePayloads,
): Promise<Outgoing> {
  const packed = apart
    ? await storeApart(request.reference, settings, usePayloads)
    : { body, claim: undefined };
  const message = toMessage(request, {
    body: packed.body,
    messageId: randomUUID(),
    key,
    fingerprint,
    claim: packed.claim,
    now: Date.now(),
  });
  return { ...message, headers: { ...message.headers, ...own } };
}
