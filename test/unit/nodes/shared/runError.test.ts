import { NodeApiError, type INode } from 'n8n-workflow';

import { readRunError } from '../../../../nodes/shared/runError';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const read = (error: unknown, ...also: unknown[]) => readRunError(error, also, NOW);
const node = { name: 'HTTP Request', parameters: { key: 'sk-secret' } } as unknown as INode;

/** An error of the OpenAI SDK. */
const sdkError = (status: number, code: string, message: string, headers: object = new Headers()) =>
  Object.assign(new Error(`${status} ${message}`), {
    status,
    headers,
    code,
    error: { message, code },
  });

describe('the status', () => {
  it.each<[string, unknown, number | undefined]>([
    ['as text', { httpCode: '503' }, 503],
    ['as a number', { status: 404 }, 404],
    ['of an error of axios', { code: 'ERR_BAD_REQUEST', response: { status: 422 } }, 422],
    ['of what caused it', { message: 'x', cause: sdkError(401, 'invalid_api_key', 'no') }, 401],
    ['of a body that is text', { error: '{"error": {"code": 400, "message": "bad"}}' }, 400],
    [
      'out of the words n8n keeps',
      { message: 'x', messages: ['429 Rate limit reached.\n\nSee https://x'] },
      429,
    ],
    ["in axios' own words", 'Request failed with status code 500', 500],
    [
      "in n8n's own words, all that an error output has of a model",
      'The service is receiving too many requests from you',
      429,
    ],
    ['none, when a code stands in its place', { httpCode: 'ECONNRESET' }, undefined],
    ['none, when a text begins with a number', '404 rows are missing', undefined],
    ['none, when there is none', { httpCode: null, code: '23505' }, undefined],
  ])('is read %s', (_what, error, status) => {
    expect(read(error).httpStatus).toBe(status);
  });
});

describe('the code', () => {
  it.each<[string, unknown, string | undefined]>([
    ['n8n puts it in place of a status', { httpCode: 'ECONNRESET' }, 'ECONNRESET'],
    ['of what caused it', { cause: { code: 'ETIMEDOUT' } }, 'ETIMEDOUT'],
    [
      'of the body, when axios says nothing',
      { code: 'ERR_BAD_REQUEST', error: '{"error":{"code":"insufficient_quota"}}' },
      'insufficient_quota',
    ],
    ['of several errors at once', { errors: [{ code: 'ECONNREFUSED' }] }, 'ECONNREFUSED'],
    ['a status is none', { code: '429' }, undefined],
  ])('%s', (_what, error, code) => {
    expect(read(error).code).toBe(code);
  });
});

describe('how long to wait', () => {
  const refused = (headers: object) => ({ message: 'x', cause: { headers } });

  it.each<[string, unknown, number | undefined]>([
    ['headers of fetch', refused(new Headers({ 'Retry-After': '7' })), 7000],
    ['headers as plain data', { errorResponse: { headers: { 'Retry-After': '7' } } }, 7000],
    [
      'milliseconds before seconds',
      refused({ 'retry-after': '8', 'retry-after-ms': '7400' }),
      7400,
    ],
    ['a date', refused({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }), 60_000],
    ['a date that is over', refused({ 'retry-after': 'Wed, 31 Dec 2025 23:00:00 GMT' }), 0],
    [
      'a header before the text',
      { message: 'try again in 9s', headers: { 'retry-after': 1 } },
      1000,
    ],
    ['a header that says nothing', refused({ 'retry-after': 'soon' }), undefined],
    ['Please try again in 1.2s.', 'Please try again in 1.2s.', 1200],
    ['Please try again in 6m0s', { description: 'Please try again in 6m0s' }, 360_000],
    ['Please try again in 500ms', 'Please try again in 500ms', 500],
    ['Please retry after 26 seconds', 'Please retry after 26 seconds.', 26_000],
    ['retry in 1h2m3.5s', { messages: ['Please retry in 1h2m3.5s'] }, 3_723_500],
    ['Try again in 2 minutes', 'Try again in 2 minutes, please', 120_000],
    ['words alone', 'Please try again in a moment', undefined],
  ])('is read from %s', (_what, error, ms) => {
    expect(read(error).retryAfterMs).toBe(ms);
  });
});

describe('the message', () => {
  it('has what the other side said, once', () => {
    const description = 'Rate limit reached.';
    expect(read({ message: 'Too many requests', description }).message).toBe(
      'Too many requests (Rate limit reached.)',
    );
    expect(read({ message: 'socket hang up', cause: { message: 'socket hang up' } }).message).toBe(
      'socket hang up',
    );
    const hint = { message: 'Try spacing your requests out', error: '{"message": "slow down"}' };
    expect(read(hint).message).toBe('Try spacing your requests out (slow down)');
  });

  it('of the first comes first, and what else is known helps', () => {
    const given = { message: 'The page cannot be read', httpCode: undefined };
    expect(read(given, undefined, { message: 'gone', httpCode: '410', name: 'E' })).toMatchObject({
      name: 'E',
      message: 'The page cannot be read (gone)',
      httpStatus: 410,
    });
  });

  it('is cut, and so is the stack', () => {
    const told = read({ message: 'm'.repeat(10_000), stack: 's'.repeat(10_000) });
    expect([told.message.length, told.stack?.length]).toEqual([2000, 4000]);
  });

  it.each([undefined, null, 7, {}])('of %p is told all the same', (error) => {
    expect(read(error)).toMatchObject({ name: 'Error', message: 'the execution failed' });
  });
});

test('an error that names itself as its cause is read', () => {
  const error: Record<string, unknown> = { message: 'round', httpCode: '500' };
  error.cause = error;
  expect(read(error)).toMatchObject({ message: 'round', httpStatus: 500 });
});

test('nothing else of an error goes on: no parameters, no headers that were sent, no body', () => {
  const cause = sdkError(429, 'rate_limit_exceeded', 'slow', new Headers({ 'retry-after': '2' }));
  const error = new NodeApiError(node, cause as never);
  Object.assign(error.context, { request: { headers: { authorization: 'sk-secret' } } });
  const told = read(error);
  expect(Object.keys(told).sort()).toEqual([
    'code',
    'httpStatus',
    'message',
    'name',
    'node',
    'retryAfterMs',
    'stack',
  ]);
  expect(told).toMatchObject({ httpStatus: 429, node: 'HTTP Request', retryAfterMs: 2000 });
  expect(JSON.stringify({ ...told, stack: '' })).not.toContain('sk-secret');
});
