import { NodeConnectionTypes, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';

import { payloadCredentials, payloadStoresField } from '../shared/payloadStores';
import { queueField } from '../shared/queueFields';
import { requiredCredentials } from '../shared/requiredCredentials';
import { budgetOptions } from './budgetOptions';
import { DEFAULTS } from './defaults';
import { retryOptions } from './retryOptions';
import { batchOptions, runOptions, testOptions } from './runOptions';
import { topologyOptions } from './topologyOptions';

/** By how often they are needed, those of one subject together. */
const options: INodeProperties[] = [
  ...testOptions,
  ...batchOptions,
  ...budgetOptions,
  ...retryOptions,
  ...runOptions,
  payloadStoresField(
    'Where payloads of tasks may be beside Redis. A task whose payload is in a store that is not given here is dead-lettered.',
  ),
  ...topologyOptions,
];

const credentials = [...requiredCredentials, ...payloadCredentials];

export const triggerDescription: INodeTypeDescription = {
  displayName: 'Agent Swarm Trigger',
  name: 'agentSwarmTrigger',
  icon: { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' },
  group: ['trigger'],
  version: 1,
  // n8n gives the value alone where it knows a resource locator, and the whole of one that was written by hand.
  subtitle: '={{ $parameter["queue"]?.value ?? $parameter["queue"] }}',
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
  credentials,
  properties: [
    queueField('searchQueues', {
      description:
        'Quorum queue that holds the task references. It is declared when it does not exist.',
    }),
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
      displayName: 'If the Run Fails',
      name: 'ifRunFails',
      type: 'options',
      options: [
        {
          name: 'Retry, Then Dead-Letter',
          value: 'retry',
          description:
            'Errors that may pass run again after growing delays, until the attempts are used up',
        },
        {
          name: 'Dead-Letter at Once',
          value: 'dead_letter',
          description: 'One failure is enough',
        },
      ],
      default: DEFAULTS.retry.ifRunFails,
      description:
        'What becomes of a task whose run fails. Errors that cannot pass are dead-lettered at once in both cases.',
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
