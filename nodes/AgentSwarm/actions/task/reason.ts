import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Parameters, Read } from '../../../shared/parameters';

export function reasonField(description: string): INodeProperties {
  return {
    displayName: 'Reason',
    name: 'reason',
    type: 'string',
    default: '',
    placeholder: 'e.g. The document is empty',
    description,
  };
}

/** @param word what the node says, for when nobody gave a reason */
export function readReason(
  parameters: Parameters,
  context: IExecuteFunctions,
  word: string,
): Read<string> {
  const reason = parameters.text('reason', 'Reason');
  const otherwise = `the node "${context.getNode().name}" said ${word}`;
  return (index) => reason(index) ?? otherwise;
}
