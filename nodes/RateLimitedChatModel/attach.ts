import type { Gate } from './gate';
import { fieldsOf, type BlockingCallback } from './langchain';
import { readRequest, type Estimating } from './request';

/** Which gate stands in a list of callbacks, by node. Lists outlive gates when a node hands the same model out again. */
const standing = new WeakMap<unknown[], Map<string, BlockingCallback>>();

/** A model that has no list of callbacks cannot be stopped before it calls. */
export class NotAModelError extends Error {
  override readonly name = 'NotAModelError';
}

/**
 * Puts the gate in front of all else that a model calls back, once a node.
 *
 * It goes into the lists that are there: binding tools to a model makes another one out of the fields the first was made of, with the list
 * in them, and an assigned list would be passed by in silence. Where a node in between has assigned one (Model Selector), both get it.
 */
export function attach(model: unknown, node: string, gate: Gate, estimating: Estimating): void {
  const callback = callbackOf(gate, model, estimating);
  for (const list of listsOf(model)) {
    const gates = standing.get(list) ?? new Map<string, BlockingCallback>();
    standing.set(list, gates);
    const earlier = gates.get(node);
    const at = earlier ? list.indexOf(earlier) : -1;
    if (at >= 0) list[at] = callback;
    else list.unshift(callback);
    gates.set(node, callback);
  }
}

/** @throws NotAModelError */
function listsOf(model: unknown): Set<unknown[]> {
  if (typeof model !== 'object' || model === null) throw new NotAModelError('There is no model');
  const holder = model as { callbacks?: unknown };
  const madeOf = [fieldsOf(model).fields, fieldsOf(model).lc_kwargs];
  holder.callbacks ??= [];
  const { callbacks } = holder;
  if (!Array.isArray(callbacks)) {
    throw new NotAModelError('This model keeps its callbacks in a form that is not known');
  }
  const lists = new Set<unknown[]>([callbacks as unknown[]]);
  for (const fields of madeOf) {
    if (typeof fields !== 'object' || fields === null) continue;
    const made = fields as { callbacks?: unknown };
    made.callbacks ??= callbacks;
    if (Array.isArray(made.callbacks)) lists.add(made.callbacks as unknown[]);
  }
  return lists;
}

function callbackOf(gate: Gate, model: unknown, estimating: Estimating): BlockingCallback {
  return {
    awaitHandlers: true,
    raiseError: true,
    handleChatModelStart: (_llm, messages, id, _parent, params) =>
      gate.enter(id, readRequest(messages.flat(), params, model, estimating)),
    handleLLMStart: (_llm, prompts, id, _parent, params) =>
      gate.enter(id, readRequest(prompts, params, model, estimating)),
    handleLLMEnd: (result, id) => gate.end(id, result),
    handleLLMError: (error, id) => gate.fail(id, error),
  };
}
