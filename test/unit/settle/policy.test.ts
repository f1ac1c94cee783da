import * as fc from 'fast-check';

import {
  LONGEST_DELAY_MS,
  retrySchema,
  type RetryPolicy,
} from '../../../src/contract/retrySettings';
import type { RunError, RunVerdict, Tries } from '../../../src/contract/verdicts';
import { longestBackoff } from '../../../src/settle/backoff';
import { classify } from '../../../src/settle/classify';
import { decide, waitLimit, type Circumstances } from '../../../src/settle/policy';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const FIRST: Tries = { attempt: 1, throttles: 0, ageMs: 0 };
const policy = (given: Partial<RetryPolicy> = {}) => retrySchema.parse(given);
const given = (more: Partial<Circumstances> = {}): Circumstances => ({
  task: {},
  tries: FIRST,
  policy: policy(),
  now: NOW,
  random: 0.5,
  ...more,
});
const failed = (error: Partial<RunError>): RunVerdict => ({
  kind: 'ended',
  end: { kind: 'failed', error: { name: 'Error', message: 'no', ...error } },
});

describe('the class of an error', () => {
  const giveUpOn = policy().giveUpOn;
  const of = (error: Partial<RunError>) =>
    classify({ name: 'Error', message: '', ...error }, giveUpOn);

  test.each([400, 401, 403, 404, 422])('status %d cannot pass', (httpStatus) => {
    expect(of({ httpStatus })).toBe('cannot_pass');
  });
  test.each([408, 409, 425, 500, 502, 503, 504, 529])('status %d may pass', (httpStatus) => {
    expect(of({ httpStatus })).toBe('may_pass');
  });
  test('what nobody knows may pass', () => {
    expect(of({ name: 'NodeOperationError', message: 'socket hang up' })).toBe('may_pass');
  });
  test('429 is throttled', () => {
    expect(of({ httpStatus: 429, message: 'Rate limit reached' })).toBe('throttled');
  });
  test.each([
    { httpStatus: 429, code: 'insufficient_quota' },
    {
      httpStatus: 429,
      message: 'You exceeded your current quota, please check your plan and billing',
    },
    { httpStatus: 429, message: 'Your credit balance is too low' },
    { code: 'insufficient_quota' },
  ])('a bill that waiting does not pay cannot pass: %p', (error) => {
    expect(of(error)).toBe('cannot_pass');
  });
  test('a value that a schema refused cannot pass, an answer that a parser refused may', () => {
    expect(of({ name: 'ZodError' })).toBe('cannot_pass');
    expect(of({ name: 'OutputParserException' })).toBe('may_pass');
  });
  test('the list is an option', () => {
    expect(classify({ name: 'E', message: '', httpStatus: 404 }, [409])).toBe('may_pass');
    expect(classify({ name: 'E', message: '', httpStatus: 409 }, [409])).toBe('cannot_pass');
  });
});

describe('what becomes of a run', () => {
  test('that succeeded, or said Complete: done', () => {
    expect(decide({ kind: 'ended', end: { kind: 'succeeded' } }, given())).toEqual({
      kind: 'done',
    });
    expect(decide({ kind: 'word', word: { kind: 'complete' } }, given())).toEqual({
      kind: 'done',
      by: 'complete',
    });
  });

  test('that failed with an error that may pass: again, later and later, with full jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const decision = decide(failed({}), given({ tries: { ...FIRST, attempt }, random }));
          expect(decision).toMatchObject({ kind: 'retry', counts: true });
          const { delayMs } = decision as { delayMs: number };
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(1000 * 4 ** (attempt - 1));
        },
      ),
    );
  });

  test('no backoff is longer than the cap, however often it failed', () => {
    expect(longestBackoff(policy(), 1000)).toBe(15 * 60_000);
  });

  test('that failed once too often: a dead letter that says so', () => {
    const tries = { ...FIRST, attempt: 5 };
    expect(decide(failed({ message: 'boom' }), given({ tries }))).toMatchObject({
      kind: 'dead',
      why: { reason: 'attempts_used_up', message: 'boom (attempt 5 of 5)' },
    });
  });

  test('that was throttled: after what was asked for, plus jitter, and no attempt is used', () => {
    const error = { httpStatus: 429, retryAfterMs: 20_000 };
    const tries = { ...FIRST, attempt: 5 };
    const decision = decide(failed(error), given({ tries }));
    expect(decision).toMatchObject({ kind: 'retry', counts: false, delayMs: 20_500 });
  });

  test('that was throttled too often or for too long: a dead letter', () => {
    const error = { httpStatus: 429 };
    const often = given({ tries: { ...FIRST, throttles: 100 } });
    const long = given({ tries: { ...FIRST, ageMs: 24 * 3_600_000 } });
    for (const circumstances of [often, long]) {
      expect(decide(failed(error), circumstances)).toMatchObject({
        kind: 'dead',
        why: { reason: 'throttled' },
      });
    }
  });

  test('that failed where no time is left until the deadline: a dead letter at once', () => {
    const task = { deadline: NOW + 400 };
    expect(decide(failed({}), given({ task }))).toMatchObject({
      kind: 'dead',
      why: { reason: 'deadline_passed' },
    });
    const later = { deadline: NOW + 600 };
    expect(decide(failed({}), given({ task: later }))).toMatchObject({ kind: 'retry' });
  });

  test('that a person stopped: a dead letter', () => {
    const end = { kind: 'stopped', error: { name: 'E', message: 'stopped' } } as const;
    expect(decide({ kind: 'ended', end }, given())).toMatchObject({
      why: { reason: 'run_stopped' },
    });
  });

  test('that gave no end: as an error that may pass', () => {
    expect(decide({ kind: 'run_limit', afterMs: 1000 }, given())).toMatchObject({
      kind: 'retry',
      counts: true,
      error: { name: 'RunLimit' },
    });
  });

  test('that stands at a Wait node: parked; and after the wait limit as an error that may pass', () => {
    expect(decide({ kind: 'ended', end: { kind: 'waiting' } }, given())).toEqual({ kind: 'park' });
    expect(waitLimit(given())).toMatchObject({ kind: 'retry', counts: true });
  });

  test('where failures are not retried: a dead letter, whatever the error', () => {
    const once = given({ policy: policy({ ifRunFails: 'dead_letter' }) });
    expect(decide(failed({ httpStatus: 503 }), once)).toMatchObject({
      why: { reason: 'run_failed' },
    });
    expect(decide(failed({ httpStatus: 429 }), once)).toMatchObject({
      why: { reason: 'run_failed' },
    });
    expect(decide({ kind: 'run_limit', afterMs: 1 }, once)).toMatchObject({
      why: { reason: 'run_limit' },
    });
    expect(waitLimit(once)).toMatchObject({ why: { reason: 'wait_limit' } });
  });
});

describe('words', () => {
  const word = (
    said: Extract<RunVerdict, { kind: 'word' }>['word'],
    more?: Partial<Circumstances>,
  ) => decide({ kind: 'word', word: said }, given(more));

  test('Fail is as if the run had failed', () => {
    const error = { name: 'E', message: 'm', httpStatus: 404 };
    expect(word({ kind: 'fail', error })).toEqual({
      ...decide(failed(error), given()),
      by: 'fail',
    });
  });

  test('Retry Later waits what it says, and counts only where it says so', () => {
    const later = { kind: 'retry_later', afterMs: 7000, message: 'busy' } as const;
    expect(word({ ...later, counts: false })).toMatchObject({ delayMs: 7000, counts: false });
    expect(word({ ...later, counts: true })).toMatchObject({ delayMs: 7000, counts: true });
    const used = { tries: { ...FIRST, attempt: 5 } };
    expect(word({ ...later, counts: true }, used)).toMatchObject({
      why: { reason: 'attempts_used_up' },
    });
  });

  test('Retry Later without a time waits as a failure does, and never longer than the ladder', () => {
    expect(word({ kind: 'retry_later', counts: true, message: '' })).toMatchObject({
      delayMs: 500,
    });
    expect(word({ kind: 'retry_later', counts: true, message: '', afterMs: 1e15 })).toMatchObject({
      delayMs: LONGEST_DELAY_MS,
    });
  });

  test('Dead-Letter and Cancel end it', () => {
    expect(word({ kind: 'dead_letter', message: 'unfit' })).toMatchObject({
      why: { reason: 'dead_lettered', message: 'unfit' },
    });
    expect(word({ kind: 'cancel' })).toEqual({ kind: 'canceled', by: 'cancel' });
  });
});
