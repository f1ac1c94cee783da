import type { Delivery } from './message';
import type { Json, Reference } from './reference';

/** Closed answers of each step on the path of a delivery: decode, admit, redeem, run, settle. */

/** One unit of work, read from a delivery. */
export interface Task {
  readonly delivery: Delivery;
  readonly reference: Reference;
  /** What dedupes it: the header, else the body's `idempotency_key`, else `task_id`. */
  readonly key: string;
  readonly fingerprint: string;
  /** ms since 1970: when the first copy was dispatched, else when this delivery came. */
  readonly firstSeen: number;
  /** ms of this process's monotonic clock: when this delivery came. */
  readonly arrivedAt: number;
}

/** The right to work on a task, numbered by its fence. */
export interface Lease {
  readonly key: string;
  readonly fence: number;
}

export type Reason =
  | 'not_utf8'
  | 'not_json'
  | 'invalid_message'
  | 'too_large'
  | 'bad_header'
  | 'deadline_passed'
  | 'key_conflict'
  | 'crash_loop'
  | 'payload_missing'
  | 'run_failed'
  | 'run_stopped'
  | 'run_limit'
  /** A fault of this pack, met with this delivery: told instead of holding it for ever. */
  | 'internal_error';

export type DecodeVerdict =
  | { readonly kind: 'decoded'; readonly task: Task }
  | { readonly kind: 'unreadable'; readonly reason: Reason; readonly detail: string };

/** States of a task that a refused delivery may meet. */
export type TaskState = 'live' | 'done' | 'dead' | 'canceled' | 'retrying' | 'waiting';

export type AdmitVerdict =
  | {
      readonly kind: 'admitted';
      readonly lease: Lease;
      readonly attempt: number;
      readonly crashes: number;
    }
  /** Its owner may still be at work: hold it and ask again. */
  | { readonly kind: 'busy'; readonly askAgainMs: number }
  /** Another copy is, or was, the task: let go of this one. */
  | { readonly kind: 'duplicate'; readonly state: TaskState }
  /** An earlier run said Complete and could not settle: nothing runs. */
  | { readonly kind: 'completed'; readonly lease: Lease }
  /** The task gave up, and its dead letter may not have been published. */
  | { readonly kind: 'unburied'; readonly burial: Burial }
  | { readonly kind: 'crash_loop'; readonly lease: Lease; readonly crashes: number }
  | { readonly kind: 'key_conflict'; readonly state: TaskState; readonly fingerprint: string };

/** A dead letter that is due: its id and its failure context are fixed, so that publishing twice is one letter. */
export interface Burial {
  readonly deadId: string;
  readonly reason: Reason;
  readonly failure: string;
}

export type RedeemVerdict =
  | {
      readonly kind: 'redeemed';
      readonly reference: Reference;
      readonly payload?: Json | undefined;
    }
  | { readonly kind: 'missing'; readonly claim: string };

/** What is known of an error of a run. Never prompts, credentials or parameters. */
export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly httpStatus?: number | undefined;
  readonly stack?: string | undefined;
  readonly node?: string | undefined;
  /** Id of the host's execution, when a pack node ran in it and told it. */
  readonly execution?: string | undefined;
}

/** How a run ended, as the host tells it. */
export type RunEnd =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: RunError }
  | { readonly kind: 'stopped'; readonly error: RunError }
  /** Stands at a Wait node; its end after the wait may never be reported. */
  | { readonly kind: 'waiting' };

/** What ends the wait for a run. */
export type RunVerdict =
  | { readonly kind: 'ended'; readonly end: Exclude<RunEnd, { kind: 'waiting' }> }
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'run_limit'; readonly afterMs: number };

/** What a node inside a run says about its delivery. */
export type Word = { readonly kind: 'complete' };

export type SettleVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'dropped'; readonly state: TaskState }
  | { readonly kind: 'dead'; readonly reason: Reason }
  /** The lease was taken over; whoever holds it now decides. */
  | { readonly kind: 'overtaken' };

/** For the `default` of an exhaustive switch: a new kind that nobody handles does not compile. */
export function unreachable(value: never): never {
  throw new Error(`no case for ${JSON.stringify(value)}`);
}
