import type { Refused } from './limits';

export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

export function errorBody(
  message: string,
  type: string,
  code: string | null = null,
  param: string | null = null,
): ErrorBody {
  return { error: { message, type, param, code } };
}

export const wrongKey = errorBody(
  'Incorrect API key provided. You can find your API key at your provider.',
  'invalid_request_error',
  'invalid_api_key',
);

export const noQuota = errorBody(
  'You exceeded your current quota, please check your plan and billing details.',
  'insufficient_quota',
  'insufficient_quota',
);

export function unknownModel(model: string): ErrorBody {
  const message = `The model '${model}' does not exist or you do not have access to it.`;
  return errorBody(message, 'invalid_request_error', 'model_not_found', 'model');
}

export function unknownPath(method: string, path: string): ErrorBody {
  return errorBody(`Invalid URL (${method} ${path})`, 'invalid_request_error');
}

const WORDS = {
  requests: 'requests per min (RPM)',
  tokens: 'tokens per min (TPM)',
  concurrency: 'concurrent requests',
};

/** Worded as OpenAI words it: clients read the waiting time out of the text, too. */
export function limitReached(model: string, refused: Refused): ErrorBody {
  const figures = `Limit ${refused.limit}, Used ${refused.used}, Requested ${refused.requested}.`;
  const type = refused.by === 'tokens' ? 'tokens' : 'requests';
  const message =
    refused.retryAfterMs === undefined
      ? `Request too large for ${model} on ${WORDS[refused.by]}: ${figures}`
      : `Rate limit reached for ${model} on ${WORDS[refused.by]}: ${figures} ` +
        `Please try again in ${(refused.retryAfterMs / 1000).toFixed(3)}s.`;
  return errorBody(message, type, 'rate_limit_exceeded');
}

export function injected(status: number): ErrorBody {
  if (status === 429) return errorBody('Rate limit reached.', 'requests', 'rate_limit_exceeded');
  const message = 'The server had an error while processing your request. Sorry about that!';
  return errorBody(message, status >= 500 ? 'server_error' : 'invalid_request_error');
}
