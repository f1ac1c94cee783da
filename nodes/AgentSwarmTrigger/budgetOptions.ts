import type { INodeProperties } from 'n8n-workflow';

import { budgetField, limitsIfNewField } from '../shared/budgetFields';
import { DEFAULTS } from './defaults';

const RESERVING = { show: { use: ['reserve'] } };

/** Options about whose turn it is. Without Budget no task waits for one. */
export const budgetOptions: INodeProperties[] = [
  {
    displayName: 'Budget',
    name: 'budget',
    type: 'fixedCollection',
    placeholder: 'Choose budget',
    default: {},
    description: 'Lets tasks wait until an LLM budget has room for them, and counts no attempt',
    options: [
      {
        displayName: 'Budget',
        name: 'chosen',
        // eslint-disable-next-line n8n-nodes-base/node-param-fixed-collection-type-unsorted-items -- what is chosen first stands first
        values: [
          budgetField,
          {
            displayName: 'Use',
            name: 'use',
            type: 'options',
            options: [
              {
                name: 'Reserve per Task',
                value: 'reserve',
                description:
                  'Each task is charged before it runs, by the estimate of its message or the figures below. For workflows without Rate-Limited Chat Model; never both on one budget.',
              },
              {
                name: 'Wait While Blocked',
                value: 'wait_while_blocked',
                description:
                  'No task begins while the provider pushes back. Rate-Limited Chat Model counts the calls.',
              },
            ],
            default: 'wait_while_blocked',
          },
          {
            displayName: 'Requests per Task',
            name: 'requests',
            type: 'number',
            typeOptions: { minValue: 0, maxValue: 1000 },
            default: 1,
            description: 'Calls of the model that a task makes, when its message has no estimate',
            displayOptions: RESERVING,
          },
          {
            displayName: 'Input Tokens per Task',
            name: 'inputTokens',
            type: 'number',
            typeOptions: { minValue: 0 },
            default: 0,
            description: 'Tokens of all prompts of a task, when its message has no estimate',
            displayOptions: RESERVING,
          },
          {
            displayName: 'Output Tokens per Task',
            name: 'outputTokens',
            type: 'number',
            typeOptions: { minValue: 0 },
            default: 0,
            description:
              'The most tokens that all answers of a task may have, when its message has no estimate',
            displayOptions: RESERVING,
          },
          {
            displayName: 'Adapt Prefetch',
            name: 'autoPrefetch',
            type: 'boolean',
            default: false,
            description:
              'Whether to take only as many tasks as the budget has work for. Prefetch is then the most; n8n logs each change, and RabbitMQ shows the present figure.',
          },
          limitsIfNewField,
        ],
      },
    ],
  },
  {
    displayName: 'Urgent First',
    name: 'priorities',
    type: 'boolean',
    default: DEFAULTS.priorities,
    description:
      'Whether tasks of priority 5 and above overtake the others, two for each of them while both wait. RabbitMQ 4 does that by itself, also without this; for older ones the tasks wait in lanes.',
  },
  {
    displayName: 'Lanes',
    name: 'lanes',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 64 },
    default: DEFAULTS.lanes,
    description:
      'Queues behind the queue, from 2 on, over which tenants are spread. Tasks are taken from them in turn, so that a tenant with many tasks does not keep the others waiting. 0: first come, first served.',
  },
  {
    displayName: 'Tenant Weights',
    name: 'weights',
    type: 'json',
    default: '{}',
    placeholder: 'e.g. {"team-a": 3}',
    description:
      'With lanes: what a tenant gets in comparison to the others, counted in estimated tokens. 1 for those that are not named.',
  },
];
