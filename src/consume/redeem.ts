import {
  InputError,
  isSwarmError,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import { patiently, within } from '../contract/patience';
import type { Json, Reference } from '../contract/reference';
import type { RedeemVerdict, Task } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { looksLikeClaim, readClaim } from '../payload/claim';
import type { Payload } from '../payload/payloadStore';
import { hasPlace } from '../payload/places';
import type { CurrentPlaces } from './currentPlaces';
import type { Room } from './room';
import { timeLeft } from './terms';
import { holdLeft, ROUND_MS } from './turn';

/** What a redemption that ends without the payload says. */
type Without = Exclude<RedeemVerdict, { kind: 'redeemed' }>;

/** The store of what is claimed is away for longer than the delivery may be held: it comes back after so many ms. */
interface NotYet {
  readonly kind: 'not_yet';
  readonly ms: number;
}

/** Shortest time that a store which is away is waited for, ms, however long the delivery was held before. */
const WAIT_MS = 5000;

/**
 * Fetches what a delivery claims, and waits for a store that is away or refuses, as long as the delivery may be held. An act under way may
 * take longer, for large payloads, until the run limit: beyond it the broker would take back every delivery on the channel.
 *
 * @throws ClosedError when the signal aborts
 */
export async function redeem(
  task: Task,
  signal: AbortSignal,
  room: Room,
): Promise<RedeemVerdict | NotYet> {
  const { places, settings, tell } = room;
  const onAway = (error: SwarmError) => tell('away', { what: 'store', error: error.message });
  const limitMs = Math.max(WAIT_MS, holdLeft(task, room));
  const fetching = patiently(() => redeemClaims(places, task), {
    signal,
    refused: 'wait',
    limitMs,
    onAway,
  });
  try {
    const mostMs = Math.max(limitMs, timeLeft(task, settings));
    const verdict = await within(mostMs, fetching, () => late(task));
    if (verdict.kind === 'redeemed') await room.retention.admitted(verdict.claims);
    return verdict;
  } catch (error) {
    if (!isSwarmError(error)) throw error;
    onAway(error);
    return { kind: 'not_yet', ms: ROUND_MS };
  }
}

function late({ key }: Task): UnavailableError {
  return new UnavailableError(
    'timeout',
    `The payload of task "${key}" could not be read within the run limit.`,
    'See how its store is doing.',
  );
}

/** Fetches what the reference claims: a payload that `ref` names, and data that was too large for the message. */
export async function redeemClaims(places: CurrentPlaces, task: Task): Promise<RedeemVerdict> {
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

async function fetched(places: CurrentPlaces, claim: string): Promise<Found | Without> {
  const missing = { kind: 'missing', claim } as const;
  try {
    const { kind } = readClaim(claim);
    if (!hasPlace(places, kind)) return { kind: 'out_of_reach', claim, store: kind };
    const redeemed = await places.withStoreOf(claim, (payloads) => payloads.redeem(claim));
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
