import { messageOf, RefusedError } from '../contract/errors';
import type { Json } from '../contract/reference';
import type { Store } from '../store/store';
import { claimId } from './claim';
import { JSON_TYPE, type Payload } from './deposit';

export type Redeemed =
  | {
      readonly kind: 'redeemed';
      readonly payload: Payload;
      readonly contentType: string;
      readonly bytes: number;
      /** How much longer it is kept, ms. */
      readonly leftMs: number;
    }
  /** Never stored here, removed, or its time ran out: the store cannot tell these apart. */
  | { readonly kind: 'missing'; readonly claim: string };

/**
 * Loads a payload by its claim; it stays stored.
 *
 * @throws InputError when the claim is malformed
 * @throws RefusedError `conflict` when the key holds something that this pack did not store
 * @throws UnavailableError while the store is away
 */
export async function redeem(store: Store, claim: string): Promise<Redeemed> {
  const key = store.keys.claim(claimId(claim));
  const [content, type, leftMs] = await store.ask(async (client) => {
    // One transaction: a claim that runs out between two commands would be half there.
    const answers = await client.multi().hmgetBuffer(key, 'content', 'type').pttl(key).exec();
    const [[failure, fields], [, left]] = answers as [
      [Error | null, [Buffer | null, Buffer | null]],
      [Error | null, number],
    ];
    if (failure) throw failure;
    return [...fields, left] as const;
  });
  if (content === null) return { kind: 'missing', claim };
  const contentType = type?.toString() ?? 'application/octet-stream';
  return {
    kind: 'redeemed',
    payload:
      contentType === JSON_TYPE
        ? { kind: 'json', value: parse(content, claim) }
        : { kind: 'bytes', bytes: content, contentType },
    contentType,
    bytes: content.length,
    leftMs,
  };
}

function parse(content: Buffer, claim: string): Json {
  try {
    return JSON.parse(content.toString('utf8')) as Json;
  } catch (error) {
    throw new RefusedError(
      'conflict',
      `What is stored under ${claim} says it is JSON and is not: ${messageOf(error)}`,
      'Another program may use the same keys: choose a Key Prefix of its own.',
    );
  }
}
