/** What is read of LangChain's objects. They come from n8n's copy of it, whose version is n8n's affair: all of it may be missing. */

/** A chat message, or one that a model answered with. */
export interface Message {
  readonly content?: unknown;
  readonly tool_calls?: unknown;
  readonly usage_metadata?: unknown;
  readonly response_metadata?: unknown;
}

export interface Generation {
  readonly text?: string;
  readonly message?: Message;
  readonly generationInfo?: unknown;
}

export interface LlmResult {
  readonly generations?: readonly (readonly Generation[])[];
  readonly llmOutput?: unknown;
}

/** What a request is made of, as the model tells its callbacks. */
export interface StartParams {
  readonly invocation_params?: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * A callback that blocks: `awaitHandlers` lets the model wait for it, `raiseError` lets what it throws end the call. A plain object
 * without a `name` and with functions of its own, because LangChain copies those alone.
 */
export interface BlockingCallback {
  readonly awaitHandlers: true;
  readonly raiseError: true;
  handleChatModelStart(
    llm: unknown,
    messages: readonly (readonly Message[])[],
    runId: string,
    parentRunId?: string,
    params?: StartParams,
  ): Promise<void>;
  handleLLMStart(
    llm: unknown,
    prompts: readonly string[],
    runId: string,
    parentRunId?: string,
    params?: StartParams,
  ): Promise<void>;
  handleLLMEnd(result: LlmResult, runId: string): Promise<void>;
  handleLLMError(error: unknown, runId: string): Promise<void>;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
