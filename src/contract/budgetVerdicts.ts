/** What can stand in the way of a reservation. */
export const CONSTRAINTS = [
  'requests_minute',
  'input_minute',
  'output_minute',
  'total_minute',
  'requests_day',
  'input_day',
  'output_day',
  'total_day',
  'calls',
  /** As `calls`, with a figure that the budget found by itself. */
  'adaptive',
  'pacing',
  'tenant_share',
  /** Others came earlier, or belong to runs that have begun. */
  'line',
] as const;

export type Constraint = (typeof CONSTRAINTS)[number];

/** An amount of requests and tokens. */
export interface Amount {
  readonly requests: number;
  readonly input: number;
  readonly output: number;
}

/** Times are ms from now by the store's clock. */
export type ReserveVerdict =
  | {
      readonly kind: 'granted';
      readonly id: string;
      readonly reserved: Amount;
      /** It was told to wait before. */
      readonly waited: boolean;
    }
  | {
      readonly kind: 'wait';
      readonly constraint: Constraint;
      /** When there may be room, all others that wait considered. */
      readonly ms: number;
      /** Come back by then to keep the place in the line; sooner than `ms` when tokens may be given back. */
      readonly askAgainMs: number;
    }
  /** It can never be granted. */
  | {
      readonly kind: 'oversized';
      readonly constraint: Constraint;
      readonly limit: number;
      readonly asked: number;
    }
  /** The provider said so, to one for all. */
  | { readonly kind: 'blocked'; readonly ms: number }
  /** The store lost what was charged, or may have: nobody knows what the provider still counts. */
  | { readonly kind: 'closed'; readonly ms: number }
  /** By a person, until resumed. */
  | { readonly kind: 'paused' }
  /** No budget has this name. */
  | { readonly kind: 'unknown' };

export type CreateVerdict =
  /** `closedMs`: for so long it grants nothing, because an earlier one of this name may have been lost. */
  | { readonly kind: 'created'; readonly closedMs: number }
  | { readonly kind: 'updated' }
  /** It was there; its limits are as they were. */
  | { readonly kind: 'exists' };

export type ExtendVerdict =
  | 'extended'
  /** Its lease had run out, or the store had lost it: it is charged again. */
  | 'restored'
  | 'ended'
  /** No budget has this name. */
  | 'unknown';

export type EndVerdict =
  | 'ended'
  /** It was ended before: nothing changed. */
  | 'already'
  /** Nobody knew of it: what was used is charged; nothing is refunded. */
  | 'unknown'
  /** No budget has this name. */
  | 'none';

export type ReportVerdict =
  | 'noted'
  /** It was charged already. */
  | 'ended'
  /** There is no such reservation. */
  | 'unknown'
  /** No budget has this name. */
  | 'none';

export interface BudgetState<Limits> {
  readonly limits: Limits;
  readonly minute: Amount;
  readonly day: Amount;
  /** Tokens of calls under way, as reserved; the figures above do not have them. */
  readonly reserved: Pick<Amount, 'input' | 'output'>;
  readonly calls: number;
  /** Calls at once that the provider bears, as far as known; undefined while nothing limits them. */
  readonly window?: number;
  /** Reservations that were told to wait and come back. */
  readonly waiting: number;
  readonly paused: boolean;
  /** ms; 0 when it is not. */
  readonly blockedMs: number;
  readonly closedMs: number;
}
