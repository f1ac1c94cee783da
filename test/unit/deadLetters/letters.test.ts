import fc from 'fast-check';

import { InputError } from '../../../src/contract/errors';
import type { Delivery } from '../../../src/contract/message';
import { HEADER } from '../../../src/contract/wire';
import { replayOf } from '../../../src/deadLetters/copy';
import { readLetter, readWholeLetter } from '../../../src/deadLetters/letter';
import { mend } from '../../../src/deadLetters/mend';
import { Tally } from '../../../src/deadLetters/tally';

const delivery = (over: Partial<Delivery> = {}): Delivery => ({
  body: Buffer.from('{"task_id":"t","intent":"extract","data":{"a":1,"b":{"c":2}}}'),
  properties: { messageId: 'dead-1', type: 'extract', priority: 3, userId: 'me', expiration: '5' },
  headers: { [HEADER.failure]: '{"reason":"run_failed","queue":"work"}' },
  exchange: 'swarm.dead',
  routingKey: 'work',
  redelivered: false,
  tag: { epoch: 1, number: 1 },
  ...over,
});

const stamp = { to: 'work', from: 'work.dead', batch: 'b', withoutDeadline: false };

describe('a letter', () => {
  test('is read whatever is in it, by whoever wrote it', () => {
    const header = fc.oneof(fc.string(), fc.json(), fc.integer(), fc.constant(null), fc.object());
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        fc.dictionary(
          fc.constantFrom<string>('x-death', 'other', ...Object.values(HEADER)),
          header,
        ),
        (body, headers) => {
          const letter = readWholeLetter(delivery({ body: Buffer.from(body), headers }));
          expect(letter.bytes).toBe(body.length);
          expect(typeof letter.reason).toBe('string');
          expect(Array.isArray(letter.attempts)).toBe(true);
          expect(() => JSON.stringify(letter)).not.toThrow();
        },
      ),
    );
  });

  test('of RabbitMQ is told by its x-death', () => {
    const death = {
      queue: 'q',
      reason: 'maxlen',
      time: { '!': 'timestamp', value: 1_700_000_000 },
    };
    const letter = readLetter(delivery({ headers: { 'x-death': [death] } }));
    expect(letter).toMatchObject({
      queue: 'q',
      reason: 'maxlen',
      failed_at: '2023-11-14T22:13:20.000Z',
    });
  });

  test('without an id has one of its own, the same at each look', () => {
    const bare = delivery({ properties: {} });
    expect(readLetter(bare).id).toMatch(/^body-[0-9a-f]{32}$/);
    expect(readLetter(bare).id).toBe(readLetter(bare).id);
  });

  test('with bytes that are no text is shown as base64', () => {
    const body = Buffer.from([0xff, 0xfe]);
    expect(readWholeLetter(delivery({ body }))).toMatchObject({ body: '//4=', body_is: 'base64' });
  });
});

describe('an edit', () => {
  const mended = (edit: Parameters<typeof mend>[1], over?: Partial<Delivery>) =>
    JSON.parse(mend(delivery(over), edit).toString()) as unknown;

  // The examples of RFC 7396, appendix A, inside of data.
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (data, patch, result) => {
    const body = Buffer.from(JSON.stringify({ task_id: 't', intent: 'x', data }));
    expect(mended({ data: patch }, { body })).toEqual({ task_id: 't', intent: 'x', data: result });
  });

  test('makes a task of what was none', () => {
    const edit = { task_id: 'n', intent: 'extract' };
    expect(mended(edit, { body: Buffer.from('no json') })).toEqual(edit);
  });

  test('pollutes no prototype', () => {
    const edit = JSON.parse('{"data":{"__proto__":{"polluted":1}}}') as {
      data: object;
    };
    const made = mend(delivery(), edit as never).toString();
    expect(made).toContain('"__proto__":{"polluted":1}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each([
    [{ task_id: null }, 'task_id'],
    [{ intent: 7 }, 'intent'],
    [{ data: 'text' }, 'data'],
    [{ data: { long: 'x'.repeat(70_000) } }, 'bytes'],
  ])('that makes no task is refused: %j', (edit, named) => {
    expect(() => mend(delivery(), edit)).toThrow(InputError);
    expect(() => mend(delivery(), edit)).toThrow(named);
  });

  test('of data that stands apart is refused', () => {
    const apart = delivery({ headers: { [HEADER.dataClaim]: 'claim:1' } });
    expect(() => mend(apart, { data: { a: 1 } })).toThrow('claim:1');
    expect(() => mend(apart, { ref: 'r' })).not.toThrow();
  });
});

describe('a replay', () => {
  const headers = {
    [HEADER.failure]: '{}',
    [HEADER.reason]: 'run_failed',
    [HEADER.attempt]: 5,
    [HEADER.throttled]: 9,
    [HEADER.fingerprint]: 'f',
    [HEADER.deadline]: '2020-01-01T00:00:00Z',
    [HEADER.idempotencyKey]: 'k',
    'x-death': [],
    theirs: 'kept',
  };

  test('keeps what belongs to the task, and nothing of the life that ended', () => {
    const sent = replayOf(delivery({ headers }), stamp, 0);
    expect(sent).toMatchObject({
      exchange: '',
      routingKey: 'work',
      body: delivery().body,
      properties: { type: 'extract', priority: 3 },
    });
    expect(sent.properties).not.toHaveProperty('expiration');
    expect(sent.properties).not.toHaveProperty('userId');
    expect(sent.messageId).not.toBe('dead-1');
    expect(sent.headers).toEqual({
      [HEADER.version]: 1,
      [HEADER.queue]: 'work',
      [HEADER.fingerprint]: 'f',
      [HEADER.deadline]: '2020-01-01T00:00:00Z',
      [HEADER.idempotencyKey]: 'k',
      theirs: 'kept',
      [HEADER.replays]: 'dead-1',
      [HEADER.replayedFrom]: 'work.dead',
      [HEADER.replayedAt]: '1970-01-01T00:00:00.000Z',
      [HEADER.replayBatch]: 'b',
    });
  });

  test('that is edited is other work, and told so by its type', () => {
    const sent = replayOf(delivery({ headers }), { ...stamp, edit: { intent: 'ocr' } }, 0);
    expect(sent.headers).not.toHaveProperty(HEADER.fingerprint);
    expect(sent.properties.type).toBe('ocr');
  });

  test('without deadline is the same work', () => {
    const body = Buffer.from('{"task_id":"t","intent":"x","deadline":"2020-01-01T00:00:00Z"}');
    const sent = replayOf(delivery({ body, headers }), { ...stamp, withoutDeadline: true }, 0);
    expect(JSON.parse(sent.body.toString())).toEqual({ task_id: 't', intent: 'x' });
    expect(sent.headers).not.toHaveProperty(HEADER.deadline);
    expect(sent.headers).toHaveProperty(HEADER.fingerprint);
  });

  test('of what the broker gave up keeps its id and replays no letter of ours', () => {
    const sent = replayOf(delivery({ headers: {} }), stamp, 0);
    expect(sent.messageId).toBe('dead-1');
    expect(sent.headers).not.toHaveProperty(HEADER.replays);
  });
});

test('a tally stays small whatever errors there are', () => {
  const tally = new Tally();
  for (let at = 0; at < 1000; at += 1) {
    tally.add({ ...readLetter(delivery()), error: `error ${at} ${'x'.repeat(1000)}` });
  }
  const { error, reason } = tally.groups;
  expect(Object.keys(error).length).toBeLessThanOrEqual(201);
  expect(error['(others)']).toBe(800);
  expect(Math.max(...Object.keys(error).map(({ length }) => length))).toBe(120);
  expect(reason).toEqual({ run_failed: 1000 });
});
