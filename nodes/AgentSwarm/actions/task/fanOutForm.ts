import type { INodeProperties } from 'n8n-workflow';

import { groupSchema, JOIN_WHEN } from '../../../../src/index';
import { MINUTE_MS } from '../../../shared/amounts';
import { payloadStoreField } from '../../../shared/payloadStores';
import { queueField } from '../../../shared/queueFields';
import { APART_IN, dataField, exchangeField, refField, toField } from './taskFields';
import { deliveryOption } from './word';

const DEFAULTS = groupSchema.parse({});

const JOIN_WORDS = {
  all: { name: 'All Have Ended', description: 'Done, dead-lettered or canceled' },
  at_least: {
    name: 'At Least So Many Have Succeeded',
    description: 'The rest goes on, and counts as late',
  },
  first_success: {
    name: 'The First Has Succeeded',
    description: 'The rest is stopped: what has not begun settles without a run',
  },
};

const FROM_ITEMS = { show: { childrenFrom: ['items'] } };

/** By how often they are needed. */
const options: INodeProperties[] = [
  {
    displayName: 'Deadline (Minutes)',
    name: 'deadlineMinutes',
    type: 'number',
    typeOptions: { minValue: 1, numberPrecision: 3 },
    default: DEFAULTS.deadlineMs / MINUTE_MS,
    description: 'The join comes by then with whatever is there. Up to 43,200 (30 days).',
  },
  {
    displayName: 'Join Intent',
    name: 'joinIntent',
    type: 'string',
    default: DEFAULTS.joinIntent,
    description: 'Intent of the task that joins the group',
  },
  {
    displayName: 'Join Data',
    name: 'joinData',
    type: 'json',
    default: '{}',
    placeholder: '{"report": "quarterly"}',
    description: 'A small JSON object that the join carries, beside what it tells of the group',
  },
  {
    displayName: 'Join Queue',
    name: 'joinQueue',
    type: 'string',
    default: '',
    placeholder: 'e.g. research',
    description:
      'Queue whose trigger gets the join, in a run that no Agent Swarm Trigger began. In other runs it is the queue of that trigger.',
  },
  {
    displayName: 'Tenant',
    name: 'tenant',
    type: 'string',
    default: '',
    description: 'Whom children are for that name nobody, and the join',
  },
  {
    displayName: 'Priority',
    name: 'priority',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 255 },
    default: 0,
    description: 'Of children that have none of their own, and of the join',
  },
  {
    displayName: 'Most Children',
    name: 'mostChildren',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 100_000 },
    default: DEFAULTS.mostChildren,
    description: 'A fan-out of more is an error, and nothing is sent',
  },
  {
    displayName: 'Most Depth',
    name: 'mostDepth',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 32 },
    default: DEFAULTS.mostDepth,
    description:
      'How deep children may fan out again; it ends agents that call each other in a circle',
  },
  {
    displayName: 'Group ID',
    name: 'groupId',
    type: 'string',
    default: '',
    description:
      'Name of the group in a run that no Agent Swarm Trigger began; a second fan-out under it publishes only what is missing. In other runs it only tells groups of one task apart that come from the same node, as in a sub-workflow that is called for each item.',
  },
  payloadStoreField(APART_IN),
  {
    displayName: 'Traceparent',
    name: 'traceparent',
    type: 'string',
    default: '',
    description:
      'W3C trace context that the children and the join belong to. Empty: that of the delivery this run began with.',
  },
  deliveryOption,
];

export const fanOutForm: INodeProperties[] = [
  {
    displayName: 'Children From',
    name: 'childrenFrom',
    type: 'options',
    options: [
      { name: 'Items', value: 'items', description: 'Each item becomes a task' },
      {
        name: 'List',
        value: 'list',
        description: 'Each entry of a list becomes a task, such as what an agent has planned',
      },
    ],
    default: 'items',
  },
  {
    displayName: 'Children',
    name: 'children',
    type: 'json',
    required: true,
    default: '',
    placeholder: 'e.g. {{ $json.plan }}',
    displayOptions: { show: { childrenFrom: ['list'] } },
    description:
      'JSON list of objects with intent, ref, data, tenant, priority, task_id, queue, all optional; a text counts as its ref',
  },
  toField(
    'Where the children go. One that no queue takes counts as failed at once.',
    'By their intent to the agents whose bindings match, through a topic exchange',
  ),
  queueField('searchQueues', {
    displayOptions: { show: { to: ['queue'] } },
    description: 'The queue of the agents that work on the children',
  }),
  exchangeField({
    placeholder: 'e.g. agents',
    description: 'An exchange that exists. It must bring each child to one queue.',
  }),
  {
    displayName: 'Intent',
    name: 'intent',
    type: 'string',
    default: '',
    placeholder: 'e.g. extract',
    description: 'What is to be done; of a list, by children that do not say it',
  },
  { ...refField, displayOptions: FROM_ITEMS },
  { ...dataField, displayOptions: FROM_ITEMS },
  {
    displayName: 'Join When',
    name: 'joinWhen',
    type: 'options',
    options: JOIN_WHEN.map((value) => ({ value, ...JOIN_WORDS[value] })),
    default: DEFAULTS.joinWhen,
    description:
      'The join is a task of its own in the queue of this run. It also comes when that can no more happen, and at the deadline.',
  },
  {
    displayName: 'At Least',
    name: 'atLeast',
    type: 'number',
    required: true,
    typeOptions: { minValue: 1 },
    default: 1,
    displayOptions: { show: { joinWhen: ['at_least'] } },
    description: 'Children that have to succeed',
  },
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options,
  },
];
