import { NodeOperationError } from 'n8n-workflow';

import { refusalError, type Refusal } from '../../../../nodes/shared/budgetRefusal';
import { readRunError } from '../../../../nodes/shared/runError';
import { budgetSchema, classify } from '../../../../src/index';
import { GIVE_UP_ON } from '../../../../src/contract/retrySettings';
import { node } from '../gate/fakeDesk';

const limits = budgetSchema.parse({ minute: { requests: 60 }, tenantShare: 0.25 });
const wait = (constraint: 'requests_minute' | 'tenant_share' | 'line' | 'adaptive'): Refusal => ({
  kind: 'waited_out',
  last: { kind: 'wait', constraint, ms: 11_200, askAgainMs: 50 },
  waitedMs: 60_000,
});
const blocked: Refusal = {
  kind: 'waited_out',
  last: { kind: 'blocked', ms: 95_000 },
  waitedMs: 3,
};
const oversized: Refusal = {
  kind: 'oversized',
  constraint: 'total_minute',
  limit: 1000,
  asked: 1400,
};
const errorOf = (refusal: Refusal) => refusalError(node, 'b', refusal, limits);

it.each<[Refusal, string]>([
  [
    wait('requests_minute'),
    'Budget "b" had no room for this call within 60 s: Requests per Minute is 60 (HTTP 429, try again in 12 s)',
  ],
  [
    wait('tenant_share'),
    'Budget "b" had no room for this call within 60 s: Share per Tenant (Percent) is 25 (HTTP 429, try again in 12 s)',
  ],
  [
    wait('line'),
    'Budget "b" had no room for this call within 60 s: others came earlier (HTTP 429, try again in 12 s)',
  ],
  [
    wait('adaptive'),
    'Budget "b" had no room for this call within 60 s: Adaptive Concurrency (HTTP 429, try again in 12 s)',
  ],
  [
    blocked,
    'Budget "b" is blocked, because the provider refused a call as one too many (HTTP 429, try again in 95 s)',
  ],
  [
    { kind: 'waited_out', last: { kind: 'paused' }, waitedMs: 0 },
    'Budget "b" is paused by a person (HTTP 429, try again in 60 s)',
  ],
  [
    oversized,
    'This call is larger than budget "b" can ever grant: Tokens per Minute is 1000, and it needs 1400 (HTTP 413)',
  ],
  [{ kind: 'unknown' }, 'There is no budget "b"'],
])('%j is told as it is', (refusal, message) => {
  expect(errorOf(refusal).message).toBe(message);
  expect(errorOf(refusal).description).toMatch(/\.$/);
});

/** How an error of a sub-node may arrive at the trigger. */
const WAYS: [string, (error: NodeOperationError) => unknown][] = [
  ['as it is', (error) => error],
  ['wrapped by an agent', (error) => new NodeOperationError(node, error)],
  ['wrapped as a plain error', (error) => new Error('Agent failed', { cause: error })],
  [
    'as plain data of queue mode',
    ({ name, message, description }) => ({ name, message, description }),
  ],
  ['with a description that says nothing', ({ message }) => ({ message, description: 'Original' })],
  ['as the text of an error output', ({ message }) => message],
];

describe.each(WAYS)('%s', (_way, carried) => {
  test('a wait that took too long is throttled, with its time', () => {
    const read = readRunError(carried(errorOf(blocked)));
    expect(read).toMatchObject({ httpStatus: 429, retryAfterMs: 95_000 });
    expect(classify(read, GIVE_UP_ON)).toBe('throttled');
  });

  test('what is too large is final', () => {
    expect(classify(readRunError(carried(errorOf(oversized))), GIVE_UP_ON)).toBe('cannot_pass');
  });

  test('a budget that is missing may come', () => {
    const read = readRunError(carried(errorOf({ kind: 'unknown' })));
    expect(classify(read, GIVE_UP_ON)).toBe('may_pass');
  });
});
