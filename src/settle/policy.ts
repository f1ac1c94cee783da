import { LONGEST_DELAY_MS, type RetryPolicy } from '../contract/retrySettings';
import {
  unreachable,
  type Reason,
  type RunError,
  type RunVerdict,
  type Task,
  type Tries,
  type WordKind,
} from '../contract/verdicts';
import { backoff } from './backoff';
import { classify } from './classify';

/** Why a task gives up. */
export interface GivingUp {
  readonly reason: Reason;
  readonly message: string;
  readonly error?: RunError | undefined;
}

/** What shall become of a delivery; `by` is the word that says so. */
export type Decision = Outcome & { readonly by?: WordKind };

type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'park' }
  | {
      readonly kind: 'retry';
      readonly delayMs: number;
      /** Whether it uses up an attempt. */
      readonly counts: boolean;
      readonly error: RunError;
    }
  | { readonly kind: 'dead'; readonly why: GivingUp };

export interface Circumstances {
  readonly task: Pick<Task, 'deadline'>;
  readonly tries: Tries;
  readonly policy: RetryPolicy;
  /** ms since 1970. */
  readonly now: number;
  /** 0 up to, not including, 1. */
  readonly random: number;
}

/** Decides by how the run ended or what it said. No I/O: the same circumstances give the same decision. */
export function decide(verdict: RunVerdict, given: Circumstances): Decision {
  switch (verdict.kind) {
    case 'run_limit':
      return failed(
        {
          name: 'RunLimit',
          message: `the run gave no end and no word within ${verdict.afterMs / 1000} s of the delivery`,
        },
        given,
        'run_limit',
      );
    case 'ended':
      return ended(verdict.end, given);
    case 'word':
      return { ...said(verdict.word, given), by: verdict.word.kind };
    default:
      return unreachable(verdict);
  }
}

/** The wait limit passed: nobody ended what stood at a Wait node. */
export function waitLimit(given: Circumstances): Decision {
  const message = 'the run stood at a Wait node, and nobody said Complete or Fail in time';
  return failed({ name: 'WaitLimit', message }, given, 'wait_limit');
}

function ended(end: Extract<RunVerdict, { kind: 'ended' }>['end'], given: Circumstances): Decision {
  switch (end.kind) {
    case 'succeeded':
      return { kind: 'done' };
    case 'waiting':
      return { kind: 'park' };
    case 'stopped':
      return dead('run_stopped', end.error);
    case 'failed':
      return failed(end.error, given);
    default:
      return unreachable(end);
  }
}

function said(word: Extract<RunVerdict, { kind: 'word' }>['word'], given: Circumstances): Decision {
  switch (word.kind) {
    case 'complete':
      return { kind: 'done' };
    case 'cancel':
      return { kind: 'canceled' };
    case 'dead_letter':
      return { kind: 'dead', why: { reason: 'dead_lettered', message: word.message } };
    case 'fail':
      return failed(word.error, given);
    case 'retry_later': {
      const error = { name: 'RetryLater', message: word.message };
      const delayMs = word.afterMs ?? retryDelay(error, given, word.counts);
      return word.counts ? counted(error, given, delayMs) : putOff(error, given, delayMs);
    }
    default:
      return unreachable(word);
  }
}

/** @param unretried the reason when failures are not retried */
function failed(error: RunError, given: Circumstances, unretried: Reason = 'run_failed'): Decision {
  if (given.policy.ifRunFails === 'dead_letter') return dead(unretried, error);
  switch (classify(error, given.policy.giveUpOn)) {
    case 'cannot_pass':
      return dead('run_failed', error);
    case 'throttled':
      return putOff(error, given, retryDelay(error, given, false));
    case 'may_pass':
      return counted(error, given, retryDelay(error, given, true));
  }
}

function counted(error: RunError, given: Circumstances, delayMs: number): Decision {
  const { attempt } = given.tries;
  const { attempts } = given.policy;
  if (attempt < attempts) return inTime(error, given, delayMs, true);
  return dead('attempts_used_up', error, `${error.message} (attempt ${attempt} of ${attempts})`);
}

function putOff(error: RunError, given: Circumstances, delayMs: number): Decision {
  const { throttles, ageMs } = given.tries;
  const { policy } = given;
  if (throttles < policy.throttles && ageMs < policy.throttledMs) {
    return inTime(error, given, delayMs, false);
  }
  const since = `${throttles} times within ${Math.round(ageMs / 1000)} s`;
  return dead('throttled', error, `${error.message} (put off ${since})`);
}

function inTime(
  error: RunError,
  { task, now }: Circumstances,
  wantedMs: number,
  counts: boolean,
): Decision {
  const delayMs = Math.min(Math.round(wantedMs), LONGEST_DELAY_MS);
  const { deadline } = task;
  if (deadline === undefined || now + delayMs < deadline) {
    return { kind: 'retry', delayMs, counts, error };
  }
  const until = new Date(deadline).toISOString();
  return dead('deadline_passed', error, `${error.message} (no time until the deadline ${until})`);
}

/** What the other side asks for is waited in full, and the jitter comes on top: all who were told the same must not return at once. */
function retryDelay(error: RunError, given: Circumstances, counts: boolean): number {
  const { policy, tries, random } = given;
  const n = counts ? tries.attempt : tries.throttles + 1;
  return (error.retryAfterMs ?? 0) + backoff(policy, n, random);
}

function dead(reason: Reason, error: RunError, message = error.message): Decision {
  return { kind: 'dead', why: { reason, message, error } };
}
