import type { Gate } from './gate';
import { fieldsOf } from './langchain';

/** Is asked after each attempt of a request that failed, and waited for; what it throws ends the attempts. */
type OnFailedAttempt = (error: unknown) => unknown;

interface Attempting {
  onFailedAttempt?: OnFailedAttempt;
  maxRetries?: number;
}

/**
 * Lets the requests that a model repeats by itself pass the gate as well: its callbacks tell of the first alone.
 *
 * The callers of the model are told, those of the models it is made of, and the fields that a model with tools is made of. A model that
 * makes a caller for each request is set to one attempt. What an SDK repeats below of that (AWS Bedrock, Cohere) cannot be seen.
 */
export function gateOwnRetries(model: unknown, gate: Gate): void {
  const own = fieldsOf(model);
  const callers = [own, fieldsOf(own.completions), fieldsOf(own.responses)].map(
    ({ caller }) => caller as Attempting | undefined,
  );
  const first = callers.find((caller) => typeof caller?.onFailedAttempt === 'function');
  const { fields } = own;
  if (typeof fields === 'object' && fields !== null) wrap(fields, gate, first);
  for (const caller of new Set(callers)) if (caller) wrap(caller, gate);
  if (typeof own.maxRetries === 'number') (model as { maxRetries: number }).maxRetries = 0;
}

function wrap(holder: Attempting, gate: Gate, otherwise?: Attempting): void {
  const asked = holder.onFailedAttempt ?? otherwise?.onFailedAttempt;
  if (typeof asked !== 'function') return;
  const most = holder.maxRetries ?? otherwise?.maxRetries ?? Infinity;
  holder.onFailedAttempt = async (error) => {
    try {
      await asked(error);
    } catch (thrown) {
      throw withCause(thrown, error);
    }
    await gate.repeat(error, most);
  };
}

/** The first n8n 2 keep nothing of the provider's answer, and Retry-After is in its headers. Not enumerable: it is not recorded. */
function withCause(thrown: unknown, cause: unknown): unknown {
  if (thrown !== cause && thrown instanceof Error && thrown.cause === undefined) {
    const hidden = { enumerable: false, configurable: true, writable: true };
    Object.defineProperty(thrown, 'cause', { value: cause, ...hidden });
  }
  return thrown;
}
