import type { RunError } from '../contract/verdicts';

/**
 * What an error of a run means for its task: the one place that decides it.
 *
 * | class | when |
 * |---|---|
 * | cannot_pass | a status of the list; a quota or bill that waiting does not mend; a value that a schema refused |
 * | throttled | 429: asked too often, and waiting mends it |
 * | may_pass | everything else: timeouts, lost connections, 5xx, and what nobody knows |
 *
 * Anything unknown may pass, because a wrong "cannot pass" gives up a task and a wrong "may pass" costs some attempts.
 */
export type ErrorClass = 'cannot_pass' | 'throttled' | 'may_pass';

const TOO_MANY_REQUESTS = 429;

/** Comes with status 429, too, and would be throttled for ever. */
const UNPAID =
  /insufficient[_ ]quota|exceeded your current quota|billing|credit balance is too low|payment required/i;

/** Names of errors that say: the same value will be refused again. An output parser's is not one, since the next answer differs. */
const INVALID = /^(ZodError|\$?ZodError|ValidationError|SchemaValidationError)$/;

export function classify(error: RunError, giveUpOn: readonly number[]): ErrorClass {
  const { httpStatus, name } = error;
  if (httpStatus === TOO_MANY_REQUESTS) {
    return UNPAID.test(`${error.code ?? ''} ${error.message}`) ? 'cannot_pass' : 'throttled';
  }
  if (httpStatus !== undefined) return giveUpOn.includes(httpStatus) ? 'cannot_pass' : 'may_pass';
  if (error.code !== undefined && UNPAID.test(error.code)) return 'cannot_pass';
  return INVALID.test(name) ? 'cannot_pass' : 'may_pass';
}
