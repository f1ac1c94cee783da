import { InputError, RefusedError } from '../contract/errors';
import { patiently } from '../contract/patience';
import type { Json, Reference } from '../contract/reference';
import type { RedeemVerdict, Task } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { looksLikeClaim } from '../payload/claim';
import type { Payload } from '../payload/deposit';
import { redeem as load } from '../payload/redeem';
import type { Store } from '../store/store';
import type { Room } from './room';

/** Fetches what a delivery claims, and waits for a store that is away. @throws ClosedError when the signal aborts */
export async function redeem(task: Task, signal: AbortSignal, room: Room): Promise<RedeemVerdict> {
  return await patiently(() => redeemClaims(room.store, task), {
    signal,
    refused: 'wait',
    onAway: (error) => room.tell('away', { what: 'store', error: error.message }),
  });
}

/** Fetches what the reference claims: a payload that `ref` names, and data that was too large for the message. */
export async function redeemClaims(store: Store, task: Task): Promise<RedeemVerdict> {
  let { reference } = task;
  const dataClaim = task.delivery.headers[HEADER.dataClaim];
  if (typeof dataClaim === 'string') {
    const data = await fetched(store, dataClaim);
    if (data === undefined) return { kind: 'missing', claim: dataClaim };
    reference = { ...reference, data: data as Reference['data'] };
  }
  const { ref } = reference;
  if (typeof ref !== 'string' || !looksLikeClaim(ref)) return { kind: 'redeemed', reference };
  const payload = await fetched(store, ref);
  if (payload === undefined) return { kind: 'missing', claim: ref };
  return { kind: 'redeemed', reference, payload };
}

async function fetched(store: Store, claim: string): Promise<Json | undefined> {
  try {
    const redeemed = await load(store, claim);
    return redeemed.kind === 'missing' ? undefined : valueOf(redeemed.payload);
  } catch (error) {
    // A malformed name, or a key that holds something else, leads nowhere, now and later.
    if (error instanceof InputError) return undefined;
    if (error instanceof RefusedError && error.code === 'conflict') return undefined;
    throw error;
  }
}

/** Items are JSON: text stays text, other bytes travel as base64 with their type. */
function valueOf(payload: Payload): Json {
  if (payload.kind === 'json') return payload.value;
  if (payload.contentType.startsWith('text/')) return payload.bytes.toString('utf8');
  return { content_type: payload.contentType, base64: payload.bytes.toString('base64') };
}
