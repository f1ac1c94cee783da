import type { INodeProperties } from 'n8n-workflow';

import { dispatchSchema, RUN_ONCE_PER } from '../../../../src/index';
import { queueField } from '../../../shared/queueFields';
import { payloadStoreField } from '../../../shared/payloadStores';
import { timeToLiveField } from '../payload/timeToLive';
import { APART_IN, dataField, exchangeField, refField, toField } from './taskFields';

const KIB = 1024;
const DEFAULTS = dispatchSchema.parse({});

const ONCE_WORDS = {
  content: {
    name: 'Content',
    description:
      'What is asked for runs once: intent, ref, tenant, group and data. Without ref and data it is Task ID.',
  },
  task_id: { name: 'Task ID', description: 'The same Task ID runs once, whatever it asks for' },
  custom: { name: 'Custom Key', description: 'A key of your own' },
};

/** By how often they are needed. */
const options: INodeProperties[] = [
  {
    displayName: 'Task ID',
    name: 'taskId',
    type: 'string',
    default: '',
    description: 'Name of the task in lists and logs. A random one when it is empty.',
  },
  {
    displayName: 'Tenant',
    name: 'tenant',
    type: 'string',
    default: '',
    description: 'Whom the task is for',
  },
  {
    displayName: 'Deadline',
    name: 'deadline',
    type: 'string',
    default: '',
    placeholder: 'e.g. {{ $now.plus(2, "hours").toISO() }}',
    description:
      'ISO time with a zone. A task that is not begun by then is dead-lettered instead of run.',
  },
  {
    displayName: 'Delay (Seconds)',
    name: 'delaySeconds',
    type: 'number',
    typeOptions: { minValue: 0, numberPrecision: 1 },
    default: 60,
    description:
      'How long it waits before the queue has it, up to 777,600 (9 days). To a queue alone.',
  },
  {
    displayName: 'Not Before',
    name: 'notBefore',
    type: 'string',
    default: '',
    placeholder: 'e.g. {{ $now.plus(1, "day").startOf("day").toISO() }}',
    description:
      'ISO time with a zone before which the queue does not have it, up to 9 days from now. To a queue alone.',
  },
  {
    displayName: 'Refuse Above (Waiting Tasks)',
    name: 'refuseAbove',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 10000,
    description:
      'A task for a queue in which so many wait already is an error (queue_full) and is not sent. RabbitMQ is asked once an execution. Without this option any number may wait.',
  },
  {
    displayName: 'Priority',
    name: 'priority',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 255 },
    default: 0,
    description:
      'From 0 to 9. From 5 on a task is urgent: it overtakes others on RabbitMQ 4, which has two levels for quorum queues, and 32 from 4.3 on; on older ones with the option Urgent First of the trigger.',
  },
  {
    displayName: 'Group ID',
    name: 'groupId',
    type: 'string',
    default: '',
    description: 'Group the task belongs to; also its correlation ID',
  },
  {
    displayName: 'Headers',
    name: 'headers',
    type: 'json',
    default: '{}',
    placeholder: '{"kind": "invoice", "pages": 3}',
    description:
      'Headers of the message: texts, numbers and true/false. A headers exchange routes by them.',
  },
  {
    displayName: 'Routing Key',
    name: 'routingKey',
    type: 'string',
    default: '',
    description: 'Key for an exchange. The intent when it is empty.',
  },
  {
    displayName: 'Estimate',
    name: 'estimate',
    type: 'json',
    default: '{\n  "requests": 1,\n  "input_tokens": 2000,\n  "output_tokens": 500\n}',
    description: 'What the task will ask of the LLM, as far as you know',
  },
  {
    displayName: 'Store Data Apart Above (KiB)',
    name: 'storeAboveKib',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 64 },
    default: DEFAULTS.storeAboveBytes / KIB,
    description:
      'Data of larger messages is stored apart, and the trigger puts it back. Without a store for it messages may have 64 KiB.',
  },
  timeToLiveField(
    'Payload Time to Live (Hours)',
    'ttlHours',
    'How long data that is stored apart is kept. It must outlive the retries of its task.',
  ),
  payloadStoreField(APART_IN),
  {
    displayName: 'Traceparent',
    name: 'traceparent',
    type: 'string',
    default: '',
    description:
      'W3C trace context that the task belongs to. Empty: that of the delivery this run began with, else a new one.',
  },
];

/** First what every dispatch needs; the rest only for those who look for it. */
export const dispatchForm: INodeProperties[] = [
  toField('Where the task goes. A task that no queue takes is an error.'),
  queueField('searchQueues', {
    displayOptions: { show: { to: ['queue'] } },
    description: 'The queue that an Agent Swarm Trigger consumes',
  }),
  exchangeField({
    placeholder: 'e.g. tasks',
    description: 'An exchange that exists: direct, topic, fanout or headers',
  }),
  {
    displayName: 'Intent',
    name: 'intent',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'e.g. extract',
    description: 'What is to be done',
  },
  refField,
  dataField,
  {
    displayName: 'Run Once Per',
    name: 'runOncePer',
    type: 'options',
    options: RUN_ONCE_PER.map((value) => ({ value, ...ONCE_WORDS[value] })),
    default: 'content',
    description: 'What makes two dispatches the same task. A copy is dropped as a duplicate.',
  },
  {
    displayName: 'Custom Key',
    name: 'customKey',
    type: 'string',
    required: true,
    default: '',
    displayOptions: { show: { runOncePer: ['custom'] } },
    description: 'Tasks of one queue with the same key run once',
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
