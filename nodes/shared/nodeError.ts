import { NodeOperationError, type INode } from 'n8n-workflow';

import { isSwarmError, messageOf } from '../../src/index';

/** An error of the engine as n8n shows one: the message names the field, the description is the remedy. */
export function nodeErrorOf(node: INode, error: unknown, itemIndex?: number): NodeOperationError {
  const wording = { message: messageOf(error), description: remedyOf(error), itemIndex };
  return nodeError(node, error instanceof Error ? error : wording.message, wording);
}

/**
 * As {@link nodeErrorOf}, for an error that a person sees when a workflow is published: n8n shows its message there and nothing else, so
 * the remedy stands in it.
 */
export function publicationErrorOf(node: INode, error: unknown): NodeOperationError {
  return nodeError(node, error instanceof Error ? error : messageOf(error), {
    message: explained(error),
  });
}

/** What is wrong and what to do, in one text. */
export function explained(error: unknown): string {
  const parts = [messageOf(error), remedyOf(error)].filter((text) => text !== undefined);
  return parts.map(sentence).join(' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
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
