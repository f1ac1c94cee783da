import type { INodeProperties } from 'n8n-workflow';

import { budgetSchema } from '../../src/index';

const DEFAULTS = budgetSchema.parse({});

/** Which budget: from the list of those that exist, or by its name. Every node with this field has `searchBudgets` in its methods. */
export const budgetField: INodeProperties = {
  displayName: 'Budget',
  name: 'budget',
  type: 'resourceLocator',
  required: true,
  default: { mode: 'list', value: '' },
  description: 'The limits of one LLM key and model, shared by all that name them',
  modes: [
    {
      displayName: 'From List',
      name: 'list',
      type: 'list',
      typeOptions: { searchListMethod: 'searchBudgets', searchable: true },
    },
    {
      displayName: 'By Name',
      name: 'name',
      type: 'string',
      placeholder: 'e.g. openai-gpt-5-mini',
    },
  ],
};

const count = (
  displayName: string,
  name: string,
  description: string,
  more: Partial<INodeProperties> = {},
): INodeProperties => ({
  displayName,
  name,
  type: 'number',
  typeOptions: { minValue: 1 },
  default: 0,
  description,
  ...more,
});

/** What can be limited, in the order of its labels. Only what a person adds is limited. */
export const limitFields: INodeProperties[] = [
  {
    displayName: 'Adaptive Concurrency',
    name: 'adaptive',
    type: 'boolean',
    default: true,
    description:
      'Whether fewer calls go at once while the provider pushes back (429), and more when it does not. Set Calls at Once to fix the number instead.',
  },
  {
    displayName: 'Burst (Percent)',
    name: 'burstPercent',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100 },
    default: DEFAULTS.burst * 100,
    description:
      'Pacing: how much of a minute limit may go at once; the rest is spread evenly over the minute. 100 is no pacing.',
  },
  count(
    'Calls at Once',
    'callsAtOnce',
    'Calls that may be under way at the same time, for providers that limit concurrency',
    { typeOptions: { minValue: 1, maxValue: 100000 }, default: 10 },
  ),
  {
    displayName: 'Guard (Seconds)',
    name: 'guardSeconds',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 30, numberPrecision: 3 },
    default: DEFAULTS.guardMs / 1000,
    description:
      "How much longer than a minute each call is counted, because the provider's clock starts when the call arrives",
  },
  count('Input Tokens per Day', 'inputPerDay', 'Tokens of prompts in any 24 hours'),
  count('Input Tokens per Minute', 'inputPerMinute', 'Tokens of prompts in any 60 seconds'),
  count('Output Tokens per Day', 'outputPerDay', 'Tokens of answers in any 24 hours'),
  count('Output Tokens per Minute', 'outputPerMinute', 'Tokens of answers in any 60 seconds'),
  count('Requests per Day', 'requestsPerDay', 'Calls in any 24 hours'),
  count('Requests per Minute', 'requestsPerMinute', 'Calls in any 60 seconds'),
  {
    displayName: 'Share per Tenant (Percent)',
    name: 'tenantPercent',
    type: 'number',
    typeOptions: { minValue: 0.1, maxValue: 100, numberPrecision: 1 },
    default: DEFAULTS.tenantShare * 100,
    description:
      'How much of each minute limit, and of Calls at Once, one tenant may have; it may always have one call',
  },
  count('Tokens per Day', 'tokensPerDay', 'Tokens of prompts and answers together in any 24 hours'),
  count(
    'Tokens per Minute',
    'tokensPerMinute',
    'Tokens of prompts and answers together in any 60 seconds',
  ),
];

/** The limits a budget gets when there is none of its name yet; one that is there keeps its own. */
export const limitsIfNewField: INodeProperties = {
  displayName: 'Limits if New',
  name: 'limitsIfNew',
  type: 'collection',
  placeholder: 'Add limit',
  default: {},
  description:
    'Creates the budget with these limits when there is none of this name. One that exists keeps its own.',
  options: limitFields,
};
