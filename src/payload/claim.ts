import { randomUUID } from 'node:crypto';

import { InputError } from '../contract/errors';
import { CLAIM_PREFIX } from '../contract/wire';

const CLAIM = /^claim:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** A name that nobody can guess or share: `claim:<uuid>`. */
export function newClaim(): string {
  return `${CLAIM_PREFIX}${randomUUID()}`;
}

/** Whether a `ref` points into the payload store. The rest of the name may still be malformed. */
export function looksLikeClaim(ref: string): boolean {
  return ref.startsWith(CLAIM_PREFIX);
}

/** @throws InputError when the text is not `claim:<uuid>` */
export function claimId(claim: string): string {
  const id = CLAIM.exec(claim)?.[1];
  if (id !== undefined) return id;
  throw new InputError(
    'Claim',
    `${JSON.stringify(claim.slice(0, 80))} is not the name of a stored payload`,
    'Use the claim that Payload: Store gave out, unchanged: claim: and a UUID in small letters.',
  );
}
