import { randomUUID } from 'node:crypto';

import { InputError } from '../contract/errors';
import type { StoreKind } from '../contract/payloadStores';
import { CLAIM_PREFIX, HEADER } from '../contract/wire';

const CLAIM = /^claim:(?:(pg|s3):)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** What stands before the UUID. That of Redis is empty: it was there first. */
const MARKS: Readonly<Record<StoreKind, string>> = { redis: '', postgres: 'pg:', s3: 's3:' };
const KINDS: Readonly<Record<string, StoreKind>> = { pg: 'postgres', s3: 's3' };

/** What a claim says by itself. */
export interface ClaimName {
  readonly kind: StoreKind;
  readonly id: string;
}

/** A name that nobody can guess or share, and that says where it leads: `claim:<uuid>`, `claim:pg:<uuid>`, `claim:s3:<uuid>`. */
export function newClaim(kind: StoreKind): string {
  return `${CLAIM_PREFIX}${MARKS[kind]}${randomUUID()}`;
}

/** Whether a `ref` points into a payload store. The rest of the name may still be malformed. */
export function looksLikeClaim(ref: string): boolean {
  return ref.startsWith(CLAIM_PREFIX);
}

/** @throws InputError when the text is not the name of a claim */
export function readClaim(claim: string): ClaimName {
  const [, mark = '', id] = CLAIM.exec(claim) ?? [];
  if (id !== undefined) return { kind: KINDS[mark] ?? 'redis', id };
  throw new InputError(
    'Claim',
    `${JSON.stringify(claim.slice(0, 80))} is not the name of a stored payload`,
    'Use the claim that Payload: Store gave out, unchanged: claim: and a UUID in small letters, with pg: before the UUID for PostgreSQL, s3: for S3.',
  );
}

/** @throws InputError when the text is not the name of a claim of this kind */
export function claimId(claim: string, kind: StoreKind): string {
  const name = readClaim(claim);
  if (name.kind === kind) return name.id;
  throw new InputError(
    'Claim',
    `${claim} is not kept in this store`,
    'Choose the Payload Store that the claim names.',
  );
}

/** What a task names in payload stores: its `ref`, and its data when that stands apart. The names may be malformed. */
export function claimsIn(ref: unknown, headers: Readonly<Record<string, unknown>>): string[] {
  return [ref, headers[HEADER.dataClaim]].filter(
    (one): one is string => typeof one === 'string' && looksLikeClaim(one),
  );
}
