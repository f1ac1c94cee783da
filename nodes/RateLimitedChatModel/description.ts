import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';

import type { RESERVE_OUTPUT } from '../../src/index';
import { budgetField, limitsIfNewField } from '../shared/budgetFields';
import { DEFAULTS, RANGES } from './settings';

type Reserve = (typeof RESERVE_OUTPUT)[number];

const RESERVE_NAMES: Record<Reserve, { name: string; description: string }> = {
  learned: {
    name: 'What Answers Usually Need',
    description:
      'Learned from earlier answers of this node and model. More calls fit into the limit; an answer that is longer is charged at once, and later calls wait for it.',
  },
  strict: {
    name: 'The Longest Answer',
    description:
      'Tokens that are used never exceed the limit. Fewer calls fit in, because most answers are shorter.',
  },
};

export const rateLimitedChatModelDescription: INodeTypeDescription = {
  displayName: 'Rate-Limited Chat Model',
  name: 'rateLimitedChatModel',
  icon: { light: 'file:rateLimitedChatModel.svg', dark: 'file:rateLimitedChatModel.dark.svg' },
  group: ['transform'],
  version: 1,
  subtitle: '={{ $parameter["budget"].value }}',
  description:
    'Stands between a chat model and an agent or chain: every call of the model waits for the budget first',
  defaults: { name: 'Rate-Limited Chat Model' },
  inputs: [
    {
      type: NodeConnectionTypes.AiLanguageModel,
      displayName: 'Model',
      required: true,
      maxConnections: 1,
    },
  ],
  outputs: [NodeConnectionTypes.AiLanguageModel],
  outputNames: ['Model'],
  credentials: [
    {
      name: 'agentSwarmRedisApi',
      displayName: 'Agent Swarm Redis',
      required: true,
      testedBy: 'testStoreCredential',
    },
  ],
  properties: [
    budgetField,
    limitsIfNewField,
    {
      displayName: 'Reserve for Answers',
      name: 'reserve',
      type: 'options',
      options: (['learned', 'strict'] as const).map((value) => ({
        value,
        ...RESERVE_NAMES[value],
      })),
      default: DEFAULTS.reserve,
      description:
        'How many tokens a call reserves for an answer that is not there yet. What the answer did not need is given back when it ends.',
    },
    {
      displayName: 'Longest Wait (Minutes)',
      name: 'longestWaitMinutes',
      type: 'number',
      typeOptions: {
        minValue: RANGES.longestWaitMinutes[0],
        maxValue: RANGES.longestWaitMinutes[1],
        numberPrecision: 2,
      },
      default: DEFAULTS.longestWaitMinutes,
      description:
        'How long one call waits for the budget. Then the node fails, and Agent Swarm Trigger brings the task back later without counting an attempt. Keep it below Run Limit of the trigger, which counts from the delivery.',
    },
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        {
          displayName: 'Characters per Token',
          name: 'charsPerToken',
          type: 'number',
          typeOptions: {
            minValue: RANGES.charsPerToken[0],
            maxValue: RANGES.charsPerToken[1],
            numberPrecision: 1,
          },
          default: DEFAULTS.charsPerToken,
          description:
            'For counting prompts before they are sent. Providers name 4 for English; text in other scripts needs less, 1 to 2. What the provider counted takes its place when the call ends.',
        },
        {
          displayName: 'Longest Answer (Tokens)',
          name: 'longestAnswer',
          type: 'number',
          typeOptions: {
            minValue: RANGES.longestAnswer[0],
            maxValue: RANGES.longestAnswer[1],
          },
          default: DEFAULTS.longestAnswer,
          description:
            "What a call may answer when the model itself sets no maximum. A model's own Maximum Number of Tokens comes first.",
        },
        {
          displayName: 'Tenant',
          name: 'tenant',
          type: 'string',
          default: '={{ $json.tenant }}',
          description:
            'Whom the calls are for, when the budget has a Share per Tenant. Without this option it is the tenant of the item.',
        },
      ],
    },
  ],
};
