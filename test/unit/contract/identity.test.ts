import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { canonicalize } from 'json-canonicalize';

import { fingerprint } from '../../../src/contract/identity';

/** Also halves of surrogate pairs, which JSON can write and UTF-8 cannot. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\ud800', '"\\\u2028', 'é€😀'),
);
const absent = fc.constantFrom(null, undefined);
const maybe = fc.oneof(text, absent);
const data = fc.dictionary(text, fc.jsonValue(), { noNullPrototype: true });

describe('the fingerprint', () => {
  it('is SHA-256 over the canonical JSON of what is there', () => {
    const identity = fc.record({
      intent: text,
      ref: maybe,
      tenant: maybe,
      group_id: maybe,
      data: fc.oneof(data, absent),
    });
    fc.assert(
      fc.property(identity, (given) => {
        const present = Object.entries(given).filter(([, value]) => value != null);
        const canonical = canonicalize(Object.fromEntries(present));
        const digest = createHash('sha256').update(canonical).digest('hex');
        expect(fingerprint(given as Parameters<typeof fingerprint>[0])).toBe(digest);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same for every version of the pack', () => {
    const work = { intent: 'extract', ref: 'pg:documents/42', tenant: 'é' };
    expect(fingerprint(work)).toBe(
      'f5d0879fa2216d4e08b3c45de068634d9a4fe3259f267ca3b6cb44e061959448',
    );
    expect(fingerprint({ ...work, group_id: 'g', data: { b: [1, 0.1], a: { z: null } } })).toBe(
      'ce9b1e5c3c44455dfc2f6a180fecc8da182db402e0c12424d013b36b8d099557',
    );
  });
});
