import fc from 'fast-check';

import { MAX_REFERENCE_BYTES } from '../../../src/contract/wire';
import { encode } from '../../../src/dispatch/apart';
import { encodeWithoutData, toMessage, type Stamp } from '../../../src/dispatch/message';
import { readRequest, type DispatchRequest } from '../../../src/dispatch/request';

const stamp: Stamp = {
  body: Buffer.from('{}'),
  messageId: 'm1',
  key: 'k1',
  fingerprint: 'f1',
  claim: undefined,
  now: 1_700_000_000_999,
};
const request = (more: Partial<DispatchRequest> = {}) =>
  readRequest({ to: { kind: 'queue', queue: 'work' }, intent: 'extract', ...more });

describe('a message', () => {
  it('says what it is in its properties and headers', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const given = { groupId: 'g1', priority: 7, headers: { kind: 'invoice' }, traceparent };
    expect(toMessage(request(given), stamp)).toEqual({
      exchange: '',
      routingKey: 'work',
      body: stamp.body,
      messageId: 'm1',
      properties: {
        type: 'extract',
        correlationId: 'g1',
        contentType: 'application/json',
        priority: 7,
        timestamp: 1_700_000_000,
      },
      headers: {
        kind: 'invoice',
        'x-idempotency-key': 'k1',
        'x-swarm-version': 1,
        'x-swarm-fingerprint': 'f1',
        'x-swarm-first-seen': '2023-11-14T22:13:20.999Z',
        traceparent,
      },
    });
  });

  it('never expires by itself', () => {
    expect(toMessage(request(), stamp).properties.expiration).toBeUndefined();
  });

  it('names its claim when its data stands apart', () => {
    expect(toMessage(request(), { ...stamp, claim: 'claim:1' }).headers).toMatchObject({
      'x-swarm-data-claim': 'claim:1',
    });
  });
});

describe('a body', () => {
  it('never exceeds 64 KiB, and stands apart above the threshold, whatever the fields hold', () => {
    const filler = fc.oneof(fc.constant('x'), fc.constant('\u0001'), fc.constant('€'));
    fc.assert(
      fc.property(
        filler,
        fc.nat(80_000),
        fc.integer({ min: 1024, max: 65_536 }),
        (sign, length, above) => {
          const { reference } = request({
            taskId: sign.repeat(512),
            ref: sign.repeat(2048),
            tenant: sign.repeat(255),
            groupId: sign.repeat(85),
            data: { text: sign.repeat(length) },
          });
          const { body, apart } = encode(reference, above, true);
          expect(apart).toBe(body.length > above);
          const sent = apart ? encodeWithoutData(reference) : body;
          expect(sent.length).toBeLessThanOrEqual(MAX_REFERENCE_BYTES);
          const { data, ...rest } = JSON.parse(body.toString()) as Record<string, unknown>;
          expect(data).toEqual(reference.data);
          expect(JSON.parse(sent.toString())).toEqual(apart ? rest : { ...rest, data });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('may have 64 KiB without a store, and is refused above it with the remedy', () => {
    const of = (length: number) => request({ data: { text: 'x'.repeat(length) } }).reference;
    expect(encode(of(60_000), 1024, false).apart).toBe(false);
    expect(() => encode(of(70_000), 1024, false)).toThrow(
      expect.objectContaining({ field: 'Data', remedy: expect.stringContaining('Redis') }),
    );
  });
});
