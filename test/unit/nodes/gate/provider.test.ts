import { errorType } from '../../../../nodes/RateLimitedChatModel/failure';
import { providerOf } from '../../../../nodes/RateLimitedChatModel/provider';

const kind = (name: unknown) => ({ _llmType: () => name });

test.each([
  ['openai', 'openai'],
  ['azure_openai', 'azure.ai.openai'],
  ['googlegenerativeai', 'gcp.gemini'],
  ['google', 'gcp.vertex_ai'],
  ['chat_bedrock_converse', 'aws.bedrock'],
  ['mistral_ai', 'mistral_ai'],
  ['ollama', 'ollama'],
  ['Some model of mine, with a long story', 'unknown'],
  [7, 'unknown'],
])('%s is told as %s', (given, told) => {
  expect(providerOf(kind(given))).toBe(told);
});

test.each([
  [undefined, 'openai'],
  ['https://api.openai.com/v1', 'openai'],
  ['https://eu.api.openai.com/v1', 'openai'],
  ['https://api.deepseek.com', 'deepseek'],
  ['https://api.x.ai/v1', 'x_ai'],
  ['https://api.groq.com/openai/v1', 'groq'],
  ['https://mine.services.ai.azure.com/openai/v1', 'azure.ai.openai'],
  ['https://openrouter.ai/api/v1', 'openai_compatible'],
  ['http://notapi.openai.com.example/v1', 'openai_compatible'],
  ['http://127.0.0.1:8000/v1', 'openai_compatible'],
  ['no address', 'unknown'],
])("a model of OpenAI's kind at %s is told as %s", (baseURL, told) => {
  expect(providerOf({ ...kind('openai'), clientConfig: { baseURL } })).toBe(told);
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
  [Object.assign(new Error('x'), { code: 'sk-secret of mine', name: 'A long story' }), '_OTHER'],
])('of an error its kind is told, never its text', (error, type) => {
  expect(errorType(error)).toBe(type);
});
