import { InputError, RefusedError, tookNothing } from '../contract/errors';
import type { Reference } from '../contract/reference';
import type { DispatchSettings } from '../contract/settings';
import { MAX_REFERENCE_BYTES } from '../contract/wire';
import { deposit, MAX_PAYLOAD_BYTES } from '../payload/deposit';
import { remove } from '../payload/remove';
import type { Store } from '../store/store';
import { encodeBody, encodeWithoutData } from './message';

/** Lends a connection to the store for one act; it is asked only when there is something to store. */
export type UseStore = <T>(act: (store: Store) => Promise<T>) => Promise<T>;

/** A body, and whether its data has to be taken out before it is sent. */
export interface Encoded {
  readonly body: Buffer;
  readonly apart: boolean;
}

export interface Packed {
  readonly body: Buffer;
  /** Of the data that stands apart; the consumer puts it back into `data`. */
  readonly claim?: string;
}

/**
 * Encodes the body and decides whether the data travels in it.
 *
 * @throws InputError when the data is too large and there is no store, or is larger than the store takes
 */
export function encode(reference: Reference, storeAboveBytes: number, hasStore: boolean): Encoded {
  const body = encodeBody(reference);
  const { length } = body;
  const hasData = reference.data != null;
  if (length <= (hasStore && hasData ? storeAboveBytes : MAX_REFERENCE_BYTES)) {
    return { body, apart: false };
  }
  if (hasStore && hasData && length <= MAX_PAYLOAD_BYTES) return { body, apart: true };
  throw new InputError(
    'Data',
    hasStore
      ? `has ${length} bytes, more than the ${MAX_PAYLOAD_BYTES} that can be stored apart`
      : `makes a message of ${length} bytes; without Redis it may have ${MAX_REFERENCE_BYTES}`,
    hasStore
      ? 'Put it into object storage or a database, and dispatch where it is as Ref.'
      : 'Give the node an Agent Swarm Redis credential, so that it stores Data apart, or dispatch where the data is as Ref.',
  );
}

/** Stores the data of a reference and gives the body that goes without it. */
export async function storeApart(
  reference: Reference,
  settings: DispatchSettings,
  useStore: UseStore,
): Promise<Packed> {
  const value = reference.data as never;
  const { claim } = await useStore((store) =>
    deposit(store, { kind: 'json', value }, settings.payload),
  );
  return { body: encodeWithoutData(reference), claim };
}

/** Takes the data back when its message surely was not sent. What stays by mistake runs out by itself. */
export async function takeBack(claim: string, cause: unknown, useStore: UseStore): Promise<void> {
  const surelyNotSent = cause instanceof RefusedError || tookNothing(cause);
  if (!surelyNotSent) return;
  await useStore((store) => remove(store, claim)).catch(() => undefined);
}
