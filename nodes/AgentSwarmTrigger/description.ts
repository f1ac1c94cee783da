import { NodeConnectionTypes, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';

import { consumerSchema, EXCHANGE_TYPES } from '../../src/index';

/** The engine's own defaults: n8n sends only the options a person added, so both must be the same. */
const DEFAULTS = consumerSchema.parse({ topology: { queue: 'any' } });

const EXCHANGE_WORDS = { direct: 'Direct', topic: 'Topic', fanout: 'Fanout', headers: 'Headers' };

const EXAMPLE_JSON = JSON.stringify(
  { task_id: 'doc-42', intent: 'summarise', ref: 'pg:documents/42' },
  null,
  2,
);

const options: INodeProperties[] = [
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
  {
    displayName: 'Bind to Exchange',
    name: 'exchange',
    type: 'string',
    default: '',
    placeholder: 'e.g. tasks',
    description:
      'Exchange whose messages the queue receives. Empty: only what is sent straight to the queue.',
  },
  {
    displayName: 'Binding Headers',
    name: 'bindingHeaders',
    type: 'json',
    default: '{}',
    placeholder: '{"x-match": "all", "kind": "invoice"}',
    description: 'Arguments of the binding, for an exchange of type Headers',
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
  {
    displayName: 'Crashes Allowed',
    name: 'maxCrashes',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 1000 },
    default: DEFAULTS.maxCrashes,
    description:
      'How often the process that works on a task may vanish before the task is dead-lettered as a crash loop',
  },
  {
    displayName: 'Dead-Letter Exchange',
    name: 'deadExchange',
    type: 'string',
    default: DEFAULTS.topology.deadExchange,
    description: 'Direct exchange that tasks which gave up are sent to, with the queue as key',
  },
  {
    displayName: 'Dead-Letter Queue',
    name: 'deadQueue',
    type: 'string',
    default: DEFAULTS.topology.deadQueue,
    placeholder: '<queue>.dead',
    description: 'Queue that keeps tasks which gave up. Empty: the queue followed by .dead.',
  },
  {
    displayName: 'Exchange Type',
    name: 'exchangeType',
    type: 'options',
    options: EXCHANGE_TYPES.map((value) => ({ name: EXCHANGE_WORDS[value], value })),
    default: 'topic',
    description: 'Type of the exchange to bind to',
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
    displayName: 'Remember Tasks (Hours)',
    name: 'rememberHours',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 2160 },
    default: DEFAULTS.rememberMs / 3_600_000,
    description: 'How long a copy of a finished task is known as a duplicate',
  },
  {
    displayName: 'Routing Keys',
    name: 'routingKeys',
    type: 'string',
    default: '#',
    placeholder: 'e.g. extract.#, summarise',
    description: 'Keys of the bindings, separated by commas',
  },
  {
    displayName: 'Run Limit (Minutes)',
    name: 'runLimitMinutes',
    type: 'number',
    typeOptions: { minValue: 0.02, maxValue: 1440, numberPrecision: 2 },
    default: DEFAULTS.runLimitMs / 60_000,
    description:
      'Longest time from a delivery to the end of its run. A run that gives no end by then counts as failed. RabbitMQ before 3.12 allows 25 at most.',
  },
  {
    displayName: 'Test JSON',
    name: 'testJson',
    type: 'json',
    default: EXAMPLE_JSON,
    description: 'Message for a test by hand with This JSON',
  },
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
    displayName: 'Topology',
    name: 'topology',
    type: 'options',
    options: [
      {
        name: 'Declare What Is Missing',
        value: 'declare',
        description: 'Makes the queues, exchanges and bindings that do not exist',
      },
      {
        name: 'Only Check',
        value: 'check',
        description: 'Changes nothing on the server; fails when something is missing',
      },
    ],
    default: DEFAULTS.topology.mode,
    description:
      'Whether this node makes the queue, the dead-letter exchange and queue, the exchange and its bindings',
  },
];

export const triggerDescription: INodeTypeDescription = {
  displayName: 'Agent Swarm Trigger',
  name: 'agentSwarmTrigger',
  icon: { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' },
  group: ['trigger'],
  version: 1,
  subtitle: '={{ $parameter["queue"] }}',
  description:
    'Runs the workflow once for each task reference in a RabbitMQ queue, deduped and leased through Redis',
  eventTriggerDescription: 'Waiting for a task reference in the queue',
  activationMessage: 'Task references in the queue will now start this workflow.',
  defaults: { name: 'Agent Swarm Trigger' },
  triggerPanel: {
    header: '',
    executionsHelp: {
      inactive:
        'A test by hand shows the next message of the queue and puts it back, or takes the JSON of Options > Test JSON. Publish the workflow to let it work through the queue.',
      active:
        'A test by hand shows the next message of the queue and puts it back. The published workflow works through the queue; see its runs under Executions.',
    },
    activationHint: 'Publish the workflow to let it work through the queue.',
  },
  inputs: [],
  outputs: [NodeConnectionTypes.Main],
  credentials: [
    { name: 'agentSwarmRabbitMqApi', required: true, testedBy: 'testBrokerCredential' },
    { name: 'agentSwarmRedisApi', required: true, testedBy: 'testStoreCredential' },
  ],
  properties: [
    {
      displayName: 'Queue',
      name: 'queue',
      type: 'string',
      required: true,
      default: '',
      placeholder: 'e.g. documents',
      description:
        'Quorum queue that holds the task references. It is declared when it does not exist.',
    },
    {
      displayName: 'Prefetch',
      name: 'prefetch',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 2000 },
      default: DEFAULTS.prefetch,
      description:
        'How many tasks may be in work at once. In queue mode more than the workers have slots for only waits there.',
    },
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options,
    },
  ],
};
