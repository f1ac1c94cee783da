/** What LangChain calls a kind of model, and what the semantic conventions of OpenTelemetry call its provider. */
const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  azure_openai: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  chat_bedrock_converse: 'aws.bedrock',
  cohere: 'cohere',
  deepseek: 'deepseek',
  googlegenerativeai: 'gcp.gemini',
  google_vertexai: 'gcp.vertex_ai',
  groq: 'groq',
  mistral_ai: 'mistral_ai',
  openai: 'openai',
  perplexity: 'perplexity',
  vertexai: 'gcp.vertex_ai',
  xai: 'x_ai',
};

/** A provider that the conventions do not know keeps the name that LangChain gives it, such as `ollama`. */
const WORD = /^[a-z0-9._-]{1,40}$/;

export function providerOf(model: unknown): string {
  const { _llmType: type } = (model ?? {}) as { _llmType?: unknown };
  if (typeof type !== 'function') return 'unknown';
  try {
    const named: unknown = (type as () => unknown).call(model);
    const kind = typeof named === 'string' ? named.toLowerCase() : '';
    return PROVIDERS[kind] ?? (WORD.test(kind) ? kind : 'unknown');
  } catch {
    // Not a model of the kind that we know.
    return 'unknown';
  }
}
