import { errorTypeOf } from '../../../src/contract/errorType';
import type { RunError } from '../../../src/contract/verdicts';

test.each<[string, Partial<RunError>, string]>([
  ['a status goes first', { httpStatus: 429, code: 'rate_limited' }, '429'],
  ['then a code', { code: 'ECONNRESET' }, 'ECONNRESET'],
  ['then the name', {}, 'Error'],
  ['a code that is a sentence is passed over', { code: 'You asked: why?' }, 'Error'],
  ['sentences in both are none', { code: 'You asked: why?', name: 'My very own error' }, '_OTHER'],
  ['a long word is none', { name: 'x'.repeat(65) }, '_OTHER'],
])('%s', (_what, error, type) => {
  expect(errorTypeOf({ name: 'Error', message: 'sk-secret', ...error })).toBe(type);
});
