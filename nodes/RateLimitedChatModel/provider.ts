import { fieldsOf } from './langchain';

/** What LangChain calls a kind of model, where the semantic conventions of OpenTelemetry call its provider something else. */
const PROVIDERS: Readonly<Record<string, string>> = {
  azure_openai: 'azure.ai.openai',
  chat_bedrock_converse: 'aws.bedrock',
  // Vertex AI; models of Gemini's own API are the next.
  google: 'gcp.vertex_ai',
  googlegenerativeai: 'gcp.gemini',
};

/** Whose API a model of OpenAI's kind asks: n8n makes DeepSeek, xAI, OpenRouter, Azure's Foundry and more of it, with an address each. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)api\.openai\.com$/, 'openai'],
  [/\.azure\.com$/, 'azure.ai.openai'],
  [/^api\.deepseek\.com$/, 'deepseek'],
  [/^api\.groq\.com$/, 'groq'],
  [/^api\.x\.ai$/, 'x_ai'],
];

/** A provider that the conventions do not know keeps the name that LangChain gives it, such as `ollama`. */
const WORD = /^[a-z0-9._-]{1,40}$/;

export function providerOf(model: unknown): string {
  const { _llmType: type } = fieldsOf(model);
  if (typeof type !== 'function') return 'unknown';
  try {
    const named: unknown = (type as () => unknown).call(model);
    const kind = typeof named === 'string' ? named.toLowerCase() : '';
    if (kind === 'openai') return providerAt(fieldsOf(fieldsOf(model).clientConfig).baseURL);
    return PROVIDERS[kind] ?? (WORD.test(kind) ? kind : 'unknown');
  } catch {
    // Not a model of the kind that we know.
    return 'unknown';
  }
}

/** Never the address itself: it may be of somebody's own. */
function providerAt(address: unknown): string {
  if (typeof address !== 'string' || address === '') return 'openai';
  const { hostname } = new URL(address);
  return HOSTS.find(([host]) => host.test(hostname))?.[1] ?? 'openai_compatible';
}
