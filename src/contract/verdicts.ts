import type { Membership } from './group';
import type { Delivery } from './message';
import type { StoreKind } from './payloadStores';
import type { Json, Reference } from './reference';

/** Closed answers of each step on the path of a delivery: decode, admit, redeem, run, settle. */

/** One unit of work, read from a delivery. */
export interface Task {
  readonly delivery: Delivery;
  readonly reference: Reference;
  /** Empty for a message that came without one. */
  readonly messageId: string;
  /** What dedupes it: the header, else the body's `idempotency_key`, else `task_id`. */
  readonly key: string;
  readonly fingerprint: string;
  /** ms since 1970: when the first copy was dispatched, else when this delivery came. */
  readonly firstSeen: number;
  /** ms since 1970: when it was sent, where its sender says so. */
  readonly sentAt?: number | undefined;
  /** ms of this process's monotonic clock: when this delivery came. */
  readonly arrivedAt: number;
  /** Another process had this delivery in hand before: what has no message id is known by that. */
  readonly seenBefore: boolean;
  /** ms since 1970: the deadline of the body or the end of a message's time to live, whichever is first. */
  readonly deadline?: number | undefined;
  /** Id of the dead letter that this is a replay of. */
  readonly replays?: string | undefined;
  /** Its place in a group. */
  readonly child?: Membership | undefined;
}

/** Names a task from outside of its run. */
export interface TaskName {
  readonly scope: string;
  readonly key: string;
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
  /** Its error cannot pass, or failures are not retried. */
  | 'run_failed'
  | 'attempts_used_up'
  /** Pushed back too often, or for too long. */
  | 'throttled'
  | 'run_stopped'
  | 'run_limit'
  /** Stood at a Wait node, and nobody said Complete or Fail in time. */
  | 'wait_limit'
  /** It needs more than its budget can ever grant. */
  | 'over_budget'
  /** A node of the workflow said Dead-Letter. */
  | 'dead_lettered'
  /** A fault of this pack, met with this delivery: told instead of holding it for ever. */
  | 'internal_error';

export type DecodeVerdict =
  | { readonly kind: 'decoded'; readonly task: Task }
  | { readonly kind: 'unreadable'; readonly reason: Reason; readonly detail: string };

/** States of a task that a refused delivery may meet. */
export type TaskState = 'live' | 'done' | 'dead' | 'canceled' | 'retrying' | 'waiting';

/** How often a task was tried before, and since when. */
export interface Tries {
  /** Number of this try, 1 for the first; only runs that failed count. */
  readonly attempt: number;
  /** Times it was put off without counting. */
  readonly throttles: number;
  /** ms since the task was first admitted. */
  readonly ageMs: number;
}

export type AdmitVerdict =
  | {
      readonly kind: 'admitted';
      readonly lease: Lease;
      readonly tries: Tries;
      readonly crashes: number;
    }
  /** Its owner may still be at work: hold it and ask again. */
  | { readonly kind: 'busy'; readonly askAgainMs: number }
  /** Another copy is, or was, the task: let go of this one. */
  | { readonly kind: 'duplicate'; readonly state: TaskState }
  /** An earlier run said something and could not settle it: nothing runs. */
  | { readonly kind: 'said'; readonly lease: Lease; readonly tries: Tries; readonly word: Word }
  /** The task was put off, and its copy may not have been published. */
  | { readonly kind: 'unsent'; readonly copy: Copy }
  /** The task stood at a Wait node until the wait limit. */
  | { readonly kind: 'wait_over'; readonly lease: Lease; readonly tries: Tries }
  /** The task gave up, and its dead letter may not have been published. */
  | { readonly kind: 'unburied'; readonly burial: Burial }
  | {
      readonly kind: 'crash_loop';
      readonly lease: Lease;
      readonly tries: Tries;
      readonly crashes: number;
    }
  | { readonly kind: 'key_conflict'; readonly state: TaskState; readonly fingerprint: string };

/** A copy that is due: its id is fixed, so that publishing twice is one message. */
export interface Copy {
  readonly id: string;
  readonly delayMs: number;
  /** Number of the try that it will be. */
  readonly attempt: number;
  readonly throttles: number;
}

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
      /** What was fetched from payload stores, and how much longer each is kept, ms. */
      readonly claims: readonly { readonly claim: string; readonly leftMs: number }[];
    }
  | { readonly kind: 'missing'; readonly claim: string }
  /** It is kept in a store that this consumer was not given. */
  | { readonly kind: 'out_of_reach'; readonly claim: string; readonly store: StoreKind };

/** What is known of an error of a run. Never prompts, credentials or parameters. */
export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly httpStatus?: number | undefined;
  readonly stack?: string | undefined;
  readonly node?: string | undefined;
  /** Id of the host's execution, when a pack node ran in it and told it. */
  readonly execution?: string | undefined;
  /** Short machine-readable cause, such as `insufficient_quota` or `ETIMEDOUT`. */
  readonly code?: string | undefined;
  /** How long the other side asks to wait, ms. */
  readonly retryAfterMs?: number | undefined;
}

/** How a run ended, as the host tells it. */
export type RunEnd =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: RunError }
  /** A person stopped it. */
  | { readonly kind: 'stopped'; readonly error: RunError }
  /** Stands at a Wait node; its end after the wait may never be reported. */
  | { readonly kind: 'waiting' };

/** What ends the wait for a run. */
export type RunVerdict =
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'run_limit'; readonly afterMs: number };

/** What a node says about its delivery. */
export type Word =
  /** `result`: what a join, or who asks for the task, gets to see. */
  | { readonly kind: 'complete'; readonly result?: Json | undefined }
  /** As if the run had failed with this error. */
  | { readonly kind: 'fail'; readonly error: RunError }
  /** Again after a while; without `afterMs` the usual backoff decides. */
  | {
      readonly kind: 'retry_later';
      readonly afterMs?: number | undefined;
      readonly counts: boolean;
      readonly message: string;
    }
  | { readonly kind: 'dead_letter'; readonly message: string }
  /** The task is wanted no more; it is recorded as canceled already. */
  | { readonly kind: 'cancel' };

export type WordKind = Word['kind'];

export type SettleVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'dropped'; readonly state: TaskState }
  | { readonly kind: 'retried'; readonly copy: Copy; readonly counts: boolean }
  /** A copy is due at the wait limit. */
  | { readonly kind: 'parked'; readonly copy: Copy }
  /** It cannot run now, as when its owner may still be at work: a copy under the same id comes back later. */
  | { readonly kind: 'sent_round'; readonly delayMs: number }
  | { readonly kind: 'dead'; readonly reason: Reason }
  /** The lease was taken over, or the key belongs to other work by now. */
  | { readonly kind: 'overtaken' };

/** For the `default` of an exhaustive switch: a new kind that nobody handles does not compile. */
export function unreachable(value: never): never {
  throw new Error(`no case for ${JSON.stringify(value)}`);
}
