import fc from 'fast-check';
import { Expression, type IDataObject } from 'n8n-workflow';

import { shortCut } from '../../../nodes/shared/expressions';

/** What n8n's own expression engine makes of it. */
const byN8n = (raw: string, json: IDataObject): unknown =>
  Expression.resolveWithoutWorkflow(raw.slice(1), { $json: json });

const name = fc.constantFrom('id', 'ref', 'a_b', '$x', 'the id', 'constructorLike', 'length');
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 2 }),
);
const json = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf)), {
  noNullPrototype: true,
}) as fc.Arbitrary<IDataObject>;
const access = (part: string) => (/^[\w$]+$/.test(part) ? `.${part}` : `["${part}"]`);
const hole = fc
  .array(name, { minLength: 1, maxLength: 2 })
  .map((path) => `{{ $json${path.map(access).join('')} }}`);
const literal = fc.stringMatching(/^[\w:/. '"`$-]*$/);
const template = fc
  .array(fc.tuple(literal, hole), { minLength: 1, maxLength: 3 })
  .chain((parts) => literal.map((end) => `=${parts.flat().join('')}${end}`));

describe('the short cut round n8n', () => {
  it('gives what n8n gives, or leaves it to n8n', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          template,
          hole.map((one) => `=${one}`),
        ),
        json,
        (raw, item) => {
          const answer = shortCut(raw)?.(item);
          if (answer === undefined) return;
          taken += 1;
          expect(answer).toEqual(byN8n(raw, item));
        },
      ),
      { numRuns: 500 },
    );
    // Else this would promise nothing.
    expect(taken).toBeGreaterThan(20);
  });

  it.each([
    ['={{ $json.id }}', 7],
    ['=pg:documents/{{ $json.id }}', 'pg:documents/7'],
    ['={{ $json.a["b c"] }}/{{ $json.id }}.json', 'x/7.json'],
  ])('is taken for %s', (raw, answer) => {
    const item = { id: 7, a: { 'b c': 'x' } };
    expect(shortCut(raw)?.(item)).toBe(answer);
    expect(byN8n(raw, item)).toBe(answer);
  });

  it.each([
    'plain text',
    '=plain text',
    '={{ $json }}',
    '={{ $json.id + 1 }}',
    '={{ $json.id }}{{ $json.id + 1 }}',
    '={{ $json.id }',
    '={{ {{ $json.id }} }}',
    '={{ $("A").item.json.id }}',
    '={{ $json.items[0].id }}',
    '=\\{{ $json.id }}',
  ])('is not taken for %s', (raw) => {
    expect(shortCut(raw)).toBeUndefined();
  });
});
