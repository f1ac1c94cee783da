import type { StoreKind } from '../contract/payloadStores';
import type { Json } from '../contract/reference';
import type { PayloadOptions } from '../contract/settings';

/** JSON is kept under `application/json`; bytes under the type given, such as `application/pdf`. */
export type Payload =
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly contentType: string };

export interface Deposited {
  /** Fit for `ref` of a task. */
  readonly claim: string;
  readonly bytes: number;
  readonly contentType: string;
  /** ms since 1970 by this process's clock. */
  readonly expiresAt: number;
}

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

/** Where payloads are kept, each under a name that nobody can guess, and none without an end. */
export interface PayloadStore {
  readonly kind: StoreKind;
  /** Largest payload, in bytes. */
  readonly mostBytes: number;

  /**
   * Stores a payload under a fresh claim until its time to live runs out.
   *
   * @throws InputError when it is not JSON, too large, or the time to live is out of range
   * @throws UnavailableError while the store is away; what may have been stored runs out by itself
   */
  deposit(payload: Payload, options?: PayloadOptions): Promise<Deposited>;

  /**
   * Loads a payload by its claim; it stays stored.
   *
   * @throws InputError when the claim is malformed, or of another kind of store
   * @throws RefusedError `conflict` when there is something that this pack did not store
   * @throws UnavailableError while the store is away
   */
  redeem(claim: string): Promise<Redeemed>;

  /**
   * Deletes a payload. True when it was there; deleting twice is no error.
   *
   * @throws InputError when the claim is malformed, or of another kind of store
   * @throws UnavailableError while the store is away
   */
  remove(claim: string): Promise<boolean>;

  /**
   * Sees to it that a payload is kept for so much longer, ms; one that is kept for longer stays so. What is not there stays away.
   *
   * @throws InputError when the claim is malformed, or of another kind of store
   * @throws UnavailableError while the store is away
   */
  keep(claim: string, leastMs: number): Promise<void>;
}

/** Lends a store for one act; it is asked only when there is something to store. */
export type UsePayloads = <T>(act: (payloads: PayloadStore) => Promise<T>) => Promise<T>;
