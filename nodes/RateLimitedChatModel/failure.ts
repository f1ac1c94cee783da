import { classify, errorTypeOf } from '../../src/index';
import { readRunError } from '../shared/runError';

/**
 * What the error of a request says about the budget.
 *
 * | kind | when | then |
 * |---|---|---|
 * | pushed_back | 429 that waiting mends | nobody calls until `retryAfterMs` from now, or for as long as the budget chooses |
 * | not_sent | the provider was never reached | all is given back |
 * | refused | the provider said no before it worked; a 429 about money, too, which waiting does not mend | the request counts, no tokens |
 * | unknown | all else: timeouts, 5xx, broken answers, a run that was stopped | as reserved: it may have worked on it |
 */
export type Failure =
  | { readonly kind: 'pushed_back'; readonly retryAfterMs: number | undefined }
  | { readonly kind: 'not_sent' | 'refused' | 'unknown' };

const TOO_MANY_REQUESTS = 429;
const REFUSED = [400, 401, 402, 403, 404, 413, 422];
const NEVER_REACHED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** It is read in one go, because n8n's own callback takes the headers out of the error afterwards. */
export function readFailure(error: unknown): Failure {
  const read = readRunError(error);
  const { httpStatus, code = '', retryAfterMs } = read;
  const verdict = classify(read, REFUSED);
  if (verdict === 'throttled') return { kind: 'pushed_back', retryAfterMs };
  if (httpStatus === TOO_MANY_REQUESTS || verdict === 'cannot_pass') return { kind: 'refused' };
  if (httpStatus === undefined && NEVER_REACHED.test(code)) return { kind: 'not_sent' };
  return { kind: 'unknown' };
}

/** For those who count failures. */
export function errorType(error: unknown): string {
  return errorTypeOf(readRunError(error));
}
