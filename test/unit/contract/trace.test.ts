import { nextSpan, readTraceparent } from '../../../src/contract/trace';

const known = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;

test('another span stays in its trace, with its flags; without one a new trace begins', () => {
  const next = nextSpan(known);
  expect(next).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
  expect(next).not.toBe(known);
  const [first, second] = [nextSpan(undefined), nextSpan(undefined)];
  expect(readTraceparent(first)).toBe(first);
  expect(first.slice(0, 35)).not.toBe(second.slice(0, 35));
});

test.each([undefined, 7, '', 'x', known.toUpperCase(), `${known}-1`])('%j is none', (text) => {
  expect(readTraceparent(text)).toBeUndefined();
});
