import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { InputError } from '../../../src/contract/errors';
import { fingerprint, type Identity } from '../../../src/contract/identity';
import type { JsonObject } from '../../../src/contract/reference';
import { fingerprintOf, idempotencyKey } from '../../../src/dispatch/idempotency';
import { readRequest, type DispatchRequest } from '../../../src/dispatch/request';

const keyOf = (given: Partial<DispatchRequest>): string => {
  const request = readRequest({ to: { kind: 'queue', queue: 'q' }, intent: 'x', ...given });
  return idempotencyKey(request, fingerprintOf(request.reference));
};

const name = fc.string({ minLength: 1, maxLength: 20 });
const data = fc
  .dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 5, noNullPrototype: true })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
const content = fc.record(
  { intent: name, ref: name, tenant: name, groupId: name, data },
  { requiredKeys: ['intent', 'data'] },
);

function shuffled<T>(value: T): T {
  if (Array.isArray(value)) return value.map(shuffled) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, shuffled(inner)])) as T;
}

describe('Run Once Per: Content', () => {
  it('gives the same content the same key, whatever the order of its keys', () => {
    fc.assert(
      fc.property(content, (task) => {
        expect(keyOf(shuffled(task))).toBe(keyOf(task));
      }),
    );
  });

  it.each(['intent', 'ref', 'tenant', 'groupId', 'data'] as const)(
    'gives tasks that differ in %s different keys',
    (field) => {
      const values: fc.Arbitrary<unknown> = field === 'data' ? data : name;
      fc.assert(
        fc.property(content, values, values, (task, one, other) => {
          fc.pre(!isDeepStrictEqual(one, other));
          const [a, b] = [one, other].map((value) => keyOf({ ...task, [field]: value }));
          expect(a).not.toBe(b);
        }),
      );
    },
  );

  it('does not look at the task id, the deadline, the estimate or the way', () => {
    fc.assert(
      fc.property(content, name, (task, other) => {
        const elsewhere = {
          taskId: other,
          deadline: '2030-01-31T12:00:00Z',
          estimate: { requests: 7 },
          priority: 3,
          to: { kind: 'exchange', exchange: other },
        } as const;
        expect(keyOf({ ...task, ...elsewhere })).toBe(keyOf(task));
      }),
    );
  });

  it('keeps two tasks two that have an intent alone, or with empty data', () => {
    expect(keyOf({ taskId: 'a' })).toBe('a');
    expect(keyOf({ taskId: 'b' })).toBe('b');
    expect(keyOf({ taskId: 'a', data: {} })).toBe('a');
    expect(keyOf({ taskId: 'a', tenant: 't', groupId: 'g' })).toBe('a');
  });

  it('is what a consumer computes from the body that arrives', () => {
    fc.assert(
      fc.property(content, (task) => {
        const { reference } = readRequest({ to: { kind: 'queue', queue: 'q' }, ...task });
        const arrived = JSON.parse(JSON.stringify(reference)) as Identity;
        expect(fingerprint(arrived)).toBe(fingerprintOf(reference));
      }),
    );
  });

  it('refuses data that is not JSON, naming it', () => {
    for (const bad of [{ a: NaN }, { a: 10n }]) {
      expect(() => keyOf({ data: bad as unknown as JsonObject })).toThrow(
        expect.objectContaining({ name: 'InputError', field: 'Data' }),
      );
    }
  });
});

describe('the other ways', () => {
  it('Task ID keys by the task id, whatever the content', () => {
    expect(keyOf({ runOncePer: 'task_id', taskId: 'a', ref: 'r' })).toBe('a');
  });

  it('Custom keys by the value given, and is refused without one', () => {
    expect(keyOf({ runOncePer: 'custom', customKey: 'c', ref: 'r' })).toBe('c');
    expect(() => keyOf({ runOncePer: 'custom' })).toThrow(InputError);
    expect(() => keyOf({ runOncePer: 'custom' })).toThrow('Custom Key: is empty');
  });
});
