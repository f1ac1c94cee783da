import { InputError, RefusedError } from '../contract/errors';
import { patiently } from '../contract/patience';
import type { Json, Reference } from '../contract/reference';
import type { RedeemVerdict, Task } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { looksLikeClaim, readClaim } from '../payload/claim';
import type { Payload } from '../payload/payloadStore';
import { hasPlace, withStoreOf, type Places } from '../payload/places';
import type { Room } from './room';

/** What a redemption that ends without the payload says. */
type Without = Exclude<RedeemVerdict, { kind: 'redeemed' }>;

/** Fetches what a delivery claims, and waits for a store that is away. @throws ClosedError when the signal aborts */
export async function redeem(task: Task, signal: AbortSignal, room: Room): Promise<RedeemVerdict> {
  const verdict = await patiently(() => redeemClaims(room.places, task), {
    signal,
    refused: 'wait',
    onAway: (error) => room.tell('away', { what: 'store', error: error.message }),
  });
  if (verdict.kind === 'redeemed') await room.retention.admitted(verdict.claims);
  return verdict;
}

/** Fetches what the reference claims: a payload that `ref` names, and data that was too large for the message. */
export async function redeemClaims(places: Places, task: Task): Promise<RedeemVerdict> {
  let { reference } = task;
  const claims: Found[] = [];
  const dataClaim = task.delivery.headers[HEADER.dataClaim];
  if (typeof dataClaim === 'string') {
    const data = await fetched(places, dataClaim);
    if (data.kind !== 'found') return data;
    claims.push(data);
    reference = { ...reference, data: data.value as Reference['data'] };
  }
  const { ref } = reference;
  if (typeof ref !== 'string' || !looksLikeClaim(ref))
    return { kind: 'redeemed', reference, claims };
  const payload = await fetched(places, ref);
  if (payload.kind !== 'found') return payload;
  return { kind: 'redeemed', reference, payload: payload.value, claims: [...claims, payload] };
}

interface Found {
  readonly kind: 'found';
  readonly claim: string;
  readonly leftMs: number;
  readonly value: Json;
}

async function fetched(places: Places, claim: string): Promise<Found | Without> {
  const missing = { kind: 'missing', claim } as const;
  try {
    const { kind } = readClaim(claim);
    if (!hasPlace(places, kind)) return { kind: 'out_of_reach', claim, store: kind };
    const redeemed = await withStoreOf(places, claim, (payloads) => payloads.redeem(claim));
    if (redeemed.kind === 'missing') return missing;
    return { kind: 'found', claim, leftMs: redeemed.leftMs, value: valueOf(redeemed.payload) };
  } catch (error) {
    // A malformed name, or a key that holds something else, leads nowhere, now and later.
    if (error instanceof InputError) return missing;
    if (error instanceof RefusedError && error.code === 'conflict') return missing;
    throw error;
  }
}

/** Items are JSON: text stays text, other bytes travel as base64 with their type. */
function valueOf(payload: Payload): Json {
  if (payload.kind === 'json') return payload.value;
  if (payload.contentType.startsWith('text/')) return payload.bytes.toString('utf8');
  return { content_type: payload.contentType, base64: payload.bytes.toString('base64') };
}
