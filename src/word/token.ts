import { InputError } from '../contract/errors';
import { readOpaque, writeOpaque } from '../contract/opaque';
import type { Lease } from '../contract/verdicts';
import { WIRE_VERSION } from '../contract/wire';

/** Names a delivery to the words said about it. Opaque to users; it travels in `swarm.delivery` of the item. */
export type DeliveryToken = { readonly test: true } | LiveToken;

export interface LiveToken {
  readonly test: false;
  readonly scope: string;
  readonly key: string;
  readonly fence: number;
  /** First 16 digits: a token of older work must not end a task that was corrected since. */
  readonly fingerprint: string;
}

const FINGERPRINT_DIGITS = 16;

export function writeToken(scope: string, lease: Lease, fingerprint: string): string {
  const digits = fingerprint.slice(0, FINGERPRINT_DIGITS);
  return writeOpaque([WIRE_VERSION, scope, lease.key, lease.fence, digits]);
}

/** Token of a test by hand: words about it are checked and shown, never recorded. */
export const TEST_TOKEN = writeOpaque([WIRE_VERSION, 'test']);

/** @throws InputError when the text is no token of this pack */
export function readToken(text: unknown): DeliveryToken {
  const fields = typeof text === 'string' ? readOpaque(text) : undefined;
  if (Array.isArray(fields)) {
    const [version, scope, key, fence, fingerprint] = fields as unknown[];
    if (version === WIRE_VERSION && scope === 'test' && fields.length === 2) return { test: true };
    if (
      version === WIRE_VERSION &&
      typeof scope === 'string' &&
      typeof key === 'string' &&
      typeof fence === 'number' &&
      typeof fingerprint === 'string'
    ) {
      return { test: false, scope, key, fence, fingerprint };
    }
  }
  throw new InputError(
    'Delivery',
    'is not a delivery of Agent Swarm Trigger',
    'Use swarm.delivery of the item that the trigger gave out, unchanged.',
  );
}
