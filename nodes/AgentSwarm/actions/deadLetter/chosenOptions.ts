import type { INodeProperties } from 'n8n-workflow';

/** Options of what is done to letters. */

export const dryRunOption: INodeProperties = {
  displayName: 'Dry Run',
  name: 'dryRun',
  type: 'boolean',
  default: true,
  description: 'Whether to say only what would be done, and to leave every letter where it is',
};

export const mostOption: INodeProperties = {
  displayName: 'Most Letters',
  name: 'most',
  type: 'number',
  typeOptions: { minValue: 1 },
  default: 100,
  description: 'At most so many, the oldest first; without this option all that were chosen',
};
