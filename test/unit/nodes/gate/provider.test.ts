import { errorType } from '../../../../nodes/RateLimitedChatModel/failure';
import { providerOf } from '../../../../nodes/RateLimitedChatModel/provider';

const kind = (name: unknown) => ({ _llmType: () => name });

test.each([
  ['openai', 'openai'],
  ['azure_openai', 'azure.ai.openai'],
  ['googlegenerativeai', 'gcp.gemini'],
  ['ollama', 'ollama'],
  ['Some model of mine, with a long story', 'unknown'],
  [7, 'unknown'],
])('%s is told as %s', (given, told) => {
  expect(providerOf(kind(given))).toBe(told);
});

test('what is no model, or throws, has no known provider', () => {
  const throwing = {
    _llmType() {
      throw new Error('no');
    },
  };
  expect([undefined, null, {}, throwing].map(providerOf)).toEqual(Array(4).fill('unknown'));
});

test.each<[unknown, string]>([
  [Object.assign(new Error('sk-secret'), { status: 429 }), '429'],
  [Object.assign(new Error('sk-secret'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [new TypeError('sk-secret'), 'TypeError'],
])('of an error its kind is told, never its text', (error, type) => {
  expect(errorType(error)).toBe(type);
});
