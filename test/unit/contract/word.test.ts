import * as fc from 'fast-check';

import type { Word } from '../../../src/contract/verdicts';
import { readWord, writeSaid } from '../../../src/contract/word';

const WORDS: Word[] = [
  { kind: 'complete' },
  { kind: 'cancel' },
  { kind: 'dead_letter', message: 'unfit' },
  { kind: 'retry_later', counts: false, message: 'later' },
  { kind: 'retry_later', counts: true, message: '', afterMs: 5000 },
  { kind: 'fail', error: { name: 'E', message: 'm', httpStatus: 503, retryAfterMs: 20 } },
];

test.each(WORDS)('a word is read as it was written: %p', (word) => {
  expect(readWord(word.kind, writeSaid(word))).toEqual(word);
});

test('what nobody here knows counts as a failure that may pass, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (kind, said) => {
      const word = readWord(`new_${kind}`, said);
      expect(word).toMatchObject({ kind: 'fail', error: { name: 'UnknownWord' } });
    }),
  );
  expect(readWord('fail', 'no JSON')).toMatchObject({ error: { name: 'UnknownWord' } });
});
