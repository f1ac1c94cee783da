import { hash } from 'node:crypto';

import { canonicalize } from 'json-canonicalize';

import type { Reference } from './reference';

/** What makes two tasks the same piece of work; `task_id`, deadline and estimate do not. */
export type Identity = Pick<Reference, 'intent' | 'ref' | 'tenant' | 'group_id' | 'data'>;

/**
 * SHA-256 over the canonical JSON (RFC 8785) of intent, ref, tenant, group_id and data, as 64 hex digits. Absent and null
 * fields are left out, so a producer that writes `"ref": null` and one that omits it mean the same task.
 * Take it before data becomes a claim: the claim's random name would make every copy another task.
 */
export function fingerprint(identity: Identity): string {
  const { intent, ref, tenant, group_id, data } = identity;
  const texts = {
    group_id: group_id ?? undefined,
    intent,
    ref: ref ?? undefined,
    tenant: tenant ?? undefined,
  };
  // Of texts whose names stand in order JSON.stringify makes the canonical form as well, in a quarter of the time.
  if (data == null) return sha256(JSON.stringify(texts));
  return sha256(canonicalize({ ...texts, data }));
}

/** What dedupes a task: the header, else the body's own key, else its id. */
export function taskKey(
  header: string | number | undefined,
  reference: Pick<Reference, 'task_id' | 'idempotency_key'>,
): string {
  if (header === undefined || header === '') return reference.idempotency_key ?? reference.task_id;
  return String(header);
}

export function sha256(text: string | Buffer): string {
  return hash('sha256', text, 'hex');
}
