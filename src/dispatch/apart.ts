import { InputError, RefusedError, tookNothing } from '../contract/errors';
import type { Reference } from '../contract/reference';
import type { DispatchSettings } from '../contract/settings';
import { MAX_REFERENCE_BYTES } from '../contract/wire';
import type { UsePayloads } from '../payload/payloadStore';
import { encodeBody, encodeWithoutData } from './message';

export type { UsePayloads };

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
 * @throws InputError when the data is too large and there is no store
 */
export function encode(reference: Reference, storeAboveBytes: number, hasStore: boolean): Encoded {
  const body = encodeBody(reference);
  const { length } = body;
  const hasData = reference.data != null;
  if (length <= (hasStore && hasData ? storeAboveBytes : MAX_REFERENCE_BYTES)) {
    return { body, apart: false };
  }
  if (hasStore && hasData) return { body, apart: true };
  throw new InputError(
    'Data',
    `makes a message of ${length} bytes; ${hasStore ? 'without Data' : 'without a store for it'} it may have ${MAX_REFERENCE_BYTES}`,
    hasStore
      ? 'Shorten what is long, or put it into Data, which is stored apart.'
      : 'Give the node an Agent Swarm Redis credential or the option Payload Store, so that it stores Data apart, or dispatch where the data is as Ref.',
  );
}

/** Stores the data of a reference and gives the body that goes without it. */
export async function storeApart(
  reference: Reference,
  settings: DispatchSettings,
  usePayloads: UsePayloads,
): Promise<Packed> {
  const value = reference.data as never;
  const { claim } = await usePayloads((payloads) =>
    payloads.deposit({ kind: 'json', value }, settings.payload),
  );
  return { body: encodeWithoutData(reference), claim };
}

/** Takes the data back when its message surely was not sent. What stays by mistake runs out by itself. */
export async function takeBack(
  claim: string,
  cause: unknown,
  usePayloads: UsePayloads,
): Promise<void> {
  const surelyNotSent = cause instanceof RefusedError || tookNothing(cause);
  if (!surelyNotSent) return;
  await usePayloads((payloads) => payloads.remove(claim)).catch(() => undefined);
}
