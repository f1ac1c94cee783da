import { InputError, messageOf } from '../contract/errors';
import type { Json } from '../contract/reference';
import { payloadSchema, readSettings, type PayloadOptions } from '../contract/settings';
import type { Script } from '../store/script';
import type { Store } from '../store/store';
import { claimId, newClaim } from './claim';

export const JSON_TYPE = 'application/json';

/** Redis stops serving others while it moves a value; larger things belong into object storage, with their URL as ref. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** JSON is kept under `application/json`; bytes under the type given, such as `application/pdf`. */
export type Payload =
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly contentType: string };

export interface Deposited {
  /** `claim:<uuid>`, fit for `ref` of a task. */
  readonly claim: string;
  readonly bytes: number;
  readonly contentType: string;
  /** ms since 1970 by this process's clock. */
  readonly expiresAt: number;
}

/** KEYS 1: the claim. ARGV 1: content, 2: content type, 3: time to live in ms. Never leaves a claim without its end. */
const depositScript: Script = {
  name: 'swarmDeposit',
  lua: `
redis.call('HSET', KEYS[1], 'content', ARGV[1], 'type', ARGV[2])
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3]))
`,
};

/**
 * Stores a payload under a fresh claim until its time to live runs out.
 *
 * @throws InputError when it is not JSON, larger than 64 MiB, or the time to live is out of range
 * @throws UnavailableError while the store is away; what may have been stored runs out by itself
 */
export async function deposit(
  store: Store,
  payload: Payload,
  options: PayloadOptions = {},
): Promise<Deposited> {
  const { ttlMs } = readSettings(payloadSchema, options);
  const { content, contentType } = encode(payload);
  if (content.length > MAX_PAYLOAD_BYTES) {
    throw new InputError(
      'Payload',
      `has ${content.length} bytes, more than the ${MAX_PAYLOAD_BYTES} that the store takes`,
      'Put it into object storage or a database, and dispatch where it is as Ref.',
    );
  }
  const claim = newClaim();
  await store.run(depositScript, [store.keys.claim(claimId(claim))], [content, contentType, ttlMs]);
  return { claim, bytes: content.length, contentType, expiresAt: Date.now() + ttlMs };
}

function encode(payload: Payload): { content: Buffer; contentType: string } {
  if (payload.kind === 'bytes') return { content: payload.bytes, contentType: payload.contentType };
  return { content: Buffer.from(textOf(payload.value)), contentType: JSON_TYPE };
}

function textOf(value: Json): string {
  let problem = 'is not JSON';
  try {
    // Undefined for a function or undefined, which the types forbid but expressions give.
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (error) {
    problem = `is not JSON: ${messageOf(error)}`;
  }
  throw new InputError(
    'Payload',
    problem,
    'Give an object, a list, a text, a number or true/false.',
  );
}
