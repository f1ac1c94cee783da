import { POISON, referencesTo } from '../../../scripts/demo/references';
import { decode } from '../../../src/consume/decode';
import type { Delivery } from '../../../src/contract/message';

const documents = Array.from({ length: 400 }, (_, i) => ({
  id: `document-${i}`,
  path: '',
  title: `Document ${i}`,
  bytes: 1000,
}));

describe('the references of the demo', () => {
  const references = referencesTo(documents, (id) => ({ ref: `at/${id}`, store: `to/${id}` }));

  it('name every document, and a fifth of them are copies', () => {
    expect(new Set(references.map(({ ref }) => ref)).size).toBe(400);
    expect(references.length).toBe(500);
  });

  it('have copies right behind their originals and far behind them', () => {
    const refs = references.map(({ ref }) => ref);
    const distances = refs.flatMap((ref, index) => {
      const first = refs.indexOf(ref);
      return first === index ? [] : [index - first];
    });
    expect(distances.filter((distance) => distance === 1).length).toBe(50);
    expect(distances.filter((distance) => distance > 40).length).toBe(50);
  });

  it('are the same in every copy, so that content alone tells them', () => {
    const byRef = new Map(references.map((reference) => [reference.ref, reference]));
    for (const reference of references) expect(reference).toEqual(byRef.get(reference.ref));
  });
});

describe('the poison of the demo', () => {
  it.each(POISON)('$what cannot be read, or is too late', ({ body, reason }) => {
    const delivery = { body, headers: {}, properties: {} } as Delivery;
    const verdict = decode(delivery, 0, Date.now());
    if (verdict.kind === 'unreadable') expect(verdict.reason).toBe(reason);
    else expect(Date.parse(verdict.task.reference.deadline ?? '')).toBeLessThan(Date.now());
  });
});
