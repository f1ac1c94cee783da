import { InputError, messageOf, RefusedError } from '../contract/errors';
import { STORE_NAMES } from '../contract/payloadStores';
import type { Json } from '../contract/reference';
import type { Payload, PayloadStore, Redeemed } from './payloadStore';

const JSON_TYPE = 'application/json';

export interface Content {
  readonly content: Buffer;
  readonly contentType: string;
}

/** @throws InputError when it is not JSON, or larger than the store takes */
export function encodePayload(payload: Payload, store: PayloadStore): Content {
  const encoded = encode(payload);
  const { length } = encoded.content;
  if (length <= store.mostBytes) return encoded;
  throw new InputError(
    'Payload',
    `has ${length} bytes, more than the ${store.mostBytes} that ${STORE_NAMES[store.kind]} takes`,
    'Choose a Payload Store that takes more, or put it somewhere yourself and dispatch where it is as Ref.',
  );
}

/** @throws RefusedError `conflict` when it says that it is JSON and is not */
export function decodePayload(
  claim: string,
  { content, contentType }: Content,
  leftMs: number,
): Redeemed {
  const payload: Payload =
    contentType === JSON_TYPE
      ? { kind: 'json', value: parse(content, claim) }
      : { kind: 'bytes', bytes: content, contentType };
  return { kind: 'redeemed', payload, contentType, bytes: content.length, leftMs };
}

function encode(payload: Payload): Content {
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

function parse(content: Buffer, claim: string): Json {
  try {
    return JSON.parse(content.toString('utf8')) as Json;
  } catch (error) {
    throw new RefusedError(
      'conflict',
      `What is stored under ${claim} says it is JSON and is not: ${messageOf(error)}`,
      'Another program may write to the same place: give this pack one of its own.',
    );
  }
}
