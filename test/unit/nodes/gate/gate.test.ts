import { gateAt, openGate, request } from './fakeDesk';

const answer = (usage: object) => ({
  generations: [[{ text: 'four', message: { usage_metadata: usage } }]],
});
const limited = (headers: object = {}) =>
  Object.assign(new Error('429 Too many'), { status: 429, headers });

test('a call reserves before it goes, and tells what it used', async () => {
  const { gate, told, shown, asked } = openGate();
  await gate.enter('run', request);
  expect(asked[0]).toMatchObject({
    budget: 'b',
    longestMs: 1000,
    ask: { input: 10, output: 100, reserve: 'learned', learn: 'w:Gate:m', begun: false },
  });
  await gate.end('run', answer({ input_tokens: 7, output_tokens: 3 }));
  expect(told).toEqual([[1, 'end', { input: 7, output: 3, ok: true }]]);
  expect(shown).toEqual([
    {
      budget: 'b',
      model: 'm',
      estimated: { input_tokens: 10, output_tokens: 100 },
      waited_seconds: 0.005,
      reserved: { input_tokens: 10, output_tokens: 100 },
      used: { input_tokens: 7, output_tokens: 3, counted_by: 'provider' },
    },
  ]);
});

test('the same call is not charged twice when two lists of callbacks have the gate', async () => {
  const { gate, asked, told } = openGate();
  await Promise.all([gate.enter('run', request), gate.enter('run', request)]);
  await gate.end('run', answer({ input_tokens: 1, output_tokens: 1 }));
  await gate.end('run', answer({ input_tokens: 1, output_tokens: 1 }));
  expect([asked.length, told.length]).toEqual([1, 1]);
});

test('a run that was granted a call goes first, and so do the runs it calls', async () => {
  const { gate } = openGate({ executions: ['parent'] });
  await gate.enter('a', request);
  const called = openGate({ executions: ['child', 'parent'] });
  await called.gate.enter('b', request);
  const other = openGate({ executions: ['other'] });
  await other.gate.enter('c', request);
  expect([called, other].map(({ asked }) => asked[0]?.ask.begun)).toEqual([true, false]);
});

describe('a call that fails', () => {
  const refused = Object.assign(new Error('no'), { status: 400 });
  const quota = Object.assign(new Error('429 You exceeded your current quota'), { status: 429 });
  const lost = Object.assign(new Error('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
  it.each<[string, unknown, unknown[]]>([
    ['429 with seconds', limited(new Headers({ 'retry-after': '7' })), ['pushedBack', 7000]],
    ['429 with ms', limited({ 'retry-after-ms': '1500' }), ['pushedBack', 1500]],
    ['429 without a time', limited(), ['pushedBack', undefined]],
    ['429, wrapped', { httpCode: '429', cause: limited() }, ['pushedBack', undefined]],
    ['429 about money blocks nobody', quota, ['end', { input: 0, output: 0, ok: false }]],
    ['refused', refused, ['end', { input: 0, output: 0, ok: false }]],
    ['never reached', lost, ['notSent']],
    ['5xx', Object.assign(new Error('x'), { status: 503 }), ['end', { ok: false }]],
    ['reset on the way', { code: 'ECONNRESET' }, ['end', { ok: false }]],
    ['stopped', Object.assign(new Error('x'), { name: 'AbortError' }), ['end', { ok: false }]],
  ])('%s', async (_what, error, wanted) => {
    const { gate, told } = openGate();
    await gate.enter('run', request);
    await gate.fail('run', error);
    expect(told).toEqual([[1, ...wanted]]);
  });

  test('after HTTP dates the budget opens at that time', async () => {
    const { gate, told } = openGate();
    await gate.enter('run', request);
    const at = new Date(Date.now() + 60_000).toUTCString();
    await gate.fail('run', limited(new Headers({ 'retry-after': at })));
    const [, , ms] = told[0] as [number, string, number];
    expect(ms).toBeGreaterThan(50_000);
    expect(ms).toBeLessThanOrEqual(60_000);
  });
});

describe('a model that tries again by itself', () => {
  test('makes a request more, which passes the gate', async () => {
    const { gate, told, shown, asked } = openGate();
    await gate.enter('run', request);
    await gate.repeat(limited({ 'retry-after': '2' }), 2);
    await gate.end('run', answer({ input_tokens: 7, output_tokens: 3 }));
    expect(asked.map(({ ask }) => ask.begun)).toEqual([false, true]);
    expect(told).toEqual([
      [1, 'pushedBack', 2000],
      [2, 'end', { input: 7, output: 3, ok: true }],
    ]);
    expect(shown).toEqual([expect.objectContaining({ requests: 2, waited_seconds: 0.01 })]);
  });

  test('asks for nothing after its last attempt', async () => {
    const { gate, told, asked } = openGate();
    const [first, last] = [1, 2].map(() => Object.assign(new Error('x'), { status: 500 }));
    await gate.enter('run', request);
    await gate.repeat(first, 1);
    await gate.repeat(last, 1);
    await gate.fail('run', last);
    expect(asked).toHaveLength(2);
    expect(told).toEqual([
      [1, 'end', { ok: false }],
      [2, 'end', { ok: false }],
    ]);
  });

  test('gives back what it did not send, when it stopped before its last attempt', async () => {
    const { gate, told, shown } = openGate();
    const error = Object.assign(new Error('x'), { status: 500 });
    await gate.enter('run', request);
    await gate.repeat(error, 2);
    await gate.fail('run', { message: 'wrapped', cause: error });
    expect(told).toEqual([
      [1, 'end', { ok: false }],
      [2, 'notSent'],
    ]);
    expect(shown).toEqual([expect.not.objectContaining({ requests: 2 })]);
  });

  test('ends by the no of the budget', async () => {
    const made: ReturnType<typeof gateAt> = gateAt((_options, nth) =>
      nth === 1 ? made.granted(1) : { kind: 'unknown' },
    );
    await made.gate.enter('run', request);
    await expect(made.gate.repeat(limited(), 2)).rejects.toThrow('There is no budget "b"');
    await made.gate.fail('run', new Error('x'));
    expect(made.told).toEqual([[1, 'pushedBack', undefined]]);
  });
});

describe('the end of the node', () => {
  test('ends what is under way as reserved', async () => {
    const { gate, told } = openGate();
    await gate.enter('run', request);
    gate.close();
    gate.close();
    await gate.end('run', answer({}));
    expect(told).toEqual([[1, 'end', { ok: false }]]);
  });

  test('a stopped execution ends the wait', async () => {
    const stop = new AbortController();
    const { gate, shown } = gateAt(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('closed')));
        }),
      { cancelled: stop.signal },
    );
    const entered = gate.enter('run', request);
    stop.abort();
    const message = 'The run ended while this call waited for budget "b"';
    await expect(entered).rejects.toThrow(message);
    expect(shown).toEqual([message]);
  });
});
