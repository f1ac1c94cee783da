import { NodeOperationError, type INode } from 'n8n-workflow';

import { isSwarmError, messageOf } from '../../src/index';

/** An error of the engine as n8n shows one: the message names the field, the description is the remedy. */
export function nodeErrorOf(node: INode, error: unknown, itemIndex?: number): NodeOperationError {
  const wording = { message: messageOf(error), description: remedyOf(error), itemIndex };
  return nodeError(node, error instanceof Error ? error : wording.message, wording);
}

export interface Wording {
  readonly message: string;
  readonly description?: string | undefined;
  readonly itemIndex?: number | undefined;
}

export function nodeError(
  node: INode,
  cause: Error | string,
  wording: Wording,
): NodeOperationError {
  const { message, description, itemIndex } = wording;
  const shown = new NodeOperationError(node, cause, { message, description, itemIndex });
  // n8n swaps a message that contains a word such as ECONNREFUSED for one that no longer says which server.
  shown.message = message;
  shown.messages = [];
  return shown;
}

/** What a person can do about it; errors of n8n bring a description of their own. */
export function remedyOf(error: unknown): string | undefined {
  if (isSwarmError(error)) return error.remedy;
  const description = (error as { description?: unknown } | null)?.description;
  return typeof description === 'string' ? description : undefined;
}
