import type { RunError } from './verdicts';

/** Of the semantic conventions, for an error that has no name of a closed list. */
const OTHER = '_OTHER';
const WORD = /^[\w.:-]{1,64}$/;

/** The kind of an error for those who count failures: its status, else a code or a name that is one word. Never a text: providers put what they were asked into it. */
export function errorTypeOf({ httpStatus, code, name }: RunError): string {
  if (httpStatus !== undefined) return String(httpStatus);
  return [code, name].find((each) => each !== undefined && WORD.test(each)) ?? OTHER;
}
