import { InputError } from '../contract/errors';
import { STORE_NAMES, type PayloadPlaces, type StoreKind } from '../contract/payloadStores';
import type { UseStore } from '../store/pool';
import { readClaim } from './claim';
import type { PayloadStore } from './payloadStore';
import { PostgresPayloads } from './postgres';
import { withDatabase } from './postgresDatabase';
import { RedisPayloads } from './redis';
import { S3Payloads } from './s3';
import { withBucket } from './s3Bucket';

/** All stores that somebody has the credentials of. */
export interface Places extends PayloadPlaces {
  /** Absent: no Redis was given. */
  readonly redis?: UseStore | undefined;
}

/** Whether payloads of this kind can be reached. */
export function hasPlace(places: Places, kind: StoreKind): boolean {
  return places[kind] !== undefined;
}

/**
 * Runs `act` with the store of this kind.
 *
 * @throws InputError when nobody gave it
 */
export async function withPayloads<T>(
  places: Places,
  kind: StoreKind,
  act: (payloads: PayloadStore) => Promise<T>,
): Promise<T> {
  switch (kind) {
    case 'redis': {
      const { redis } = places;
      if (!redis) throw notGiven(kind);
      return await redis((store) => act(new RedisPayloads(store)));
    }
    case 'postgres': {
      const { postgres } = places;
      if (!postgres) throw notGiven(kind);
      return await withDatabase(postgres, (database) => act(new PostgresPayloads(database)));
    }
    case 's3': {
      const { s3 } = places;
      if (!s3) throw notGiven(kind);
      return await withBucket(s3, (bucket) => act(new S3Payloads(bucket)));
    }
  }
}

/**
 * Runs `act` with the store that a claim names.
 *
 * @throws InputError when the claim is malformed, or nobody gave its store
 */
export async function withStoreOf<T>(
  places: Places,
  claim: string,
  act: (payloads: PayloadStore) => Promise<T>,
): Promise<T> {
  return await withPayloads(places, readClaim(claim).kind, act);
}

/** What to do in the form so that claims of this kind can be reached. */
export function howToGive(kind: StoreKind): string {
  return kind === 'redis'
    ? 'Choose a credential in Agent Swarm Redis.'
    : `Add the option Payload Store, choose ${STORE_NAMES[kind]} in it, and give its credential.`;
}

function notGiven(kind: StoreKind): InputError {
  return new InputError(
    'Payload Store',
    `the payload is kept in ${STORE_NAMES[kind]}, and this node was not given it`,
    howToGive(kind),
  );
}
