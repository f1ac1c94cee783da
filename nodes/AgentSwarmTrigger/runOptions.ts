import type { INodeProperties } from 'n8n-workflow';

import { DAY_MS, HOUR_MS } from '../shared/amounts';
import { DEFAULTS, EXAMPLE_JSON } from './defaults';

/** What a test by hand shows. */
export const testOptions: INodeProperties[] = [
  {
    displayName: 'Test With',
    name: 'testWith',
    type: 'options',
    options: [
      {
        name: 'A Message From the Queue',
        value: 'message',
        description: 'Shows the next message and puts it back',
      },
      { name: 'This JSON', value: 'json', description: 'Touches neither RabbitMQ nor Redis' },
    ],
    default: 'message',
    description: 'Where the item of a test by hand comes from. A test never changes a task.',
  },
  {
    displayName: 'Test JSON',
    name: 'testJson',
    type: 'json',
    default: EXAMPLE_JSON,
    description: 'Message for a test by hand with This JSON',
  },
];

/** How many deliveries share one execution. */
export const batchOptions: INodeProperties[] = [
  {
    displayName: 'Batch Size',
    name: 'batchSize',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 1000 },
    default: DEFAULTS.batchSize,
    description:
      'How many deliveries share one execution. Leave it at 1 with an AI Agent and raise Prefetch instead; batches are for light workflows. At most Prefetch.',
  },
  {
    displayName: 'Batch Wait (Ms)',
    name: 'batchWaitMs',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 60000 },
    default: DEFAULTS.batchWaitMs,
    description: 'Longest time a batch waits to fill',
  },
];

/** Limits of a run, and what is kept of it. */
export const runOptions: INodeProperties[] = [
  {
    displayName: 'Run Limit (Minutes)',
    name: 'runLimitMinutes',
    type: 'number',
    typeOptions: { minValue: 0.02, maxValue: 1440, numberPrecision: 2 },
    default: DEFAULTS.runLimitMs / 60_000,
    description:
      'Longest time from a delivery to the end of its run. A run that gives no end by then counts as failed. More than 25 needs a longer Broker Consumer Timeout, or RabbitMQ 4.3.',
  },
  {
    displayName: 'Broker Consumer Timeout (Minutes)',
    name: 'brokerTimeoutMinutes',
    type: 'number',
    typeOptions: { minValue: 6, maxValue: 43200 },
    default: DEFAULTS.brokerTimeoutMs / 60_000,
    description:
      'What consumer_timeout of RabbitMQ, or consumer-timeout of a policy for this queue, is set to. The run limit stays five minutes below it. RabbitMQ from 4.3 on is asked for what is needed.',
  },
  {
    displayName: 'If Redis Is Away',
    name: 'ifStoreAway',
    type: 'options',
    options: [
      {
        name: 'Run Without Dedupe',
        value: 'run',
        description: 'Tasks go on, and may run twice. What nodes say about them is not recorded.',
      },
      { name: 'Wait', value: 'wait', description: 'Nothing new begins until Redis is back' },
    ],
    default: DEFAULTS.ifStoreAway,
    description: 'What to do with tasks that come while Redis does not answer',
  },
  {
    displayName: 'Remember Tasks (Hours)',
    name: 'rememberHours',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 2160 },
    default: DEFAULTS.rememberMs / HOUR_MS,
    description: 'How long a copy of a finished task is known as a duplicate',
  },
  {
    displayName: 'Keep Payloads of Dead Letters (Days)',
    name: 'deadPayloadDays',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 365 },
    default: DEFAULTS.deadPayloadMs / DAY_MS,
    description:
      'How long what a task claims is kept at least when the task becomes a dead letter, so that it can be replayed. 0 adds nothing to its time to live.',
  },
  {
    displayName: 'Lease (Seconds)',
    name: 'leaseSeconds',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 600 },
    default: DEFAULTS.leaseMs / 1000,
    description:
      'How long a task belongs to a process that stopped answering. It is renewed three times within this time while the process lives.',
  },
  {
    displayName: 'Hold (Seconds)',
    name: 'holdSeconds',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 600 },
    default: DEFAULTS.holdMs / 1000,
    description:
      'How long a delivery is held whose task another process works on, whose budget has no room, or whose payload is in a store that is away. Then it goes back to the broker for a while.',
  },
  {
    displayName: 'Closing Time (Seconds)',
    name: 'drainSeconds',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 600 },
    default: DEFAULTS.drainMs / 1000,
    description:
      'How long a workflow that is unpublished, or an n8n that shuts down, waits for its runs. Keep it below N8N_GRACEFUL_SHUTDOWN_TIMEOUT. Runs that are still alive then go on, and nothing is lost.',
  },
];
