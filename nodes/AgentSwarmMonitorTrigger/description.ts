import { NodeConnectionTypes, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';

import { HOUR_MS, MINUTE_MS } from '../shared/amounts';
import { requiredCredentials } from '../shared/requiredCredentials';
import { DEFAULTS } from './defaults';

const watchFor: INodeProperties = {
  displayName: 'Watch For',
  name: 'watch',
  type: 'multiOptions',
  options: [
    {
      name: 'Budget Blocked',
      value: 'budget_blocked',
      description:
        'The provider pushes back, or a person paused the budget; or a budget named in Budgets is not there',
    },
    {
      name: 'Budget Used Up',
      value: 'budget_used_up',
      description:
        '90 % of a limit a day is used; or calls wait for long while half of a limit a minute is used',
    },
    {
      name: 'Dead Letters',
      value: 'dead_letters',
      description: 'Tasks gave up and wait for a person',
    },
    {
      name: 'No Consumers',
      value: 'no_consumers',
      description:
        'Tasks wait and nobody consumes. Of a queue named in Queues also while nothing waits.',
    },
    {
      name: 'RabbitMQ Away',
      value: 'rabbitmq_away',
      description: 'The server does not answer, or refuses the login',
    },
    {
      name: 'Redis Away',
      value: 'redis_away',
      description: 'The server does not answer, or refuses the login',
    },
    {
      name: 'Stalled',
      value: 'stalled',
      description: 'Tasks wait, there are consumers, and nothing moves',
    },
    { name: 'Tasks Too Old', value: 'age', description: 'What waits is older than the limit' },
    { name: 'Too Many Tasks', value: 'depth', description: 'More tasks wait than the limit' },
  ],
  default: [
    'budget_blocked',
    'budget_used_up',
    'dead_letters',
    'no_consumers',
    'rabbitmq_away',
    'redis_away',
    'stalled',
    'age',
    'depth',
  ],
  description: 'States whose beginning and end start the workflow',
};

function number(
  displayName: string,
  name: string,
  [minValue, maxValue, given]: [number, number, number],
  description: string,
): INodeProperties {
  return {
    displayName,
    name,
    type: 'number',
    typeOptions: { minValue, maxValue },
    default: given,
    description,
  };
}

/** By how often they are needed, those of one subject together. */
const options: INodeProperties[] = [
  number(
    'Too Many Tasks Above',
    'depth',
    [1, 100_000_000, DEFAULTS.depth],
    'More tasks than this that wait in one queue, lanes included, are too many',
  ),
  number(
    'Too Old Above (Minutes)',
    'ageMinutes',
    [1, 90 * 24 * 60, DEFAULTS.ageMs / MINUTE_MS],
    'What waits longer is too old. The age is that of the task that began last: it is not known while nobody consumes.',
  ),
  number(
    'Begins After (Seconds)',
    'beginSeconds',
    [0, (24 * HOUR_MS) / 1000, DEFAULTS.beginMs / 1000],
    'A state that is over sooner starts nothing. Dead letters begin at once.',
  ),
  number(
    'Ends After (Seconds)',
    'endSeconds',
    [0, (24 * HOUR_MS) / 1000, DEFAULTS.endMs / 1000],
    'A state that comes back sooner has not ended',
  ),
  number(
    'Ends Below (Percent)',
    'endPercent',
    [10, 100, DEFAULTS.endBelow * 100],
    'Depth, age and the use of a day end below this share of their limit, so that a figure near it does not begin and end again and again',
  ),
  number(
    'Dead Letters Quiet For (Minutes)',
    'quietMinutes',
    [0, 24 * 60, DEFAULTS.quietMs / MINUTE_MS],
    'They are over when none came for so long, or none is left. The next one begins the state again.',
  ),
  number(
    'Stalled After (Minutes)',
    'stalledMinutes',
    [1, 24 * 60, DEFAULTS.stalledMs / MINUTE_MS],
    'Without any sign for so long. Longer than the longest run, or runs that fill every slot look stalled.',
  ),
  number(
    'Minute Limit Full For (Minutes)',
    'fullMinutes',
    [0, 24 * 60, DEFAULTS.fullMs / MINUTE_MS],
    'A limit a minute is used up when calls wait for so long: a burst fills it too, and is no trouble',
  ),
  number(
    'Look Every (Seconds)',
    'everySeconds',
    [1, HOUR_MS / 1000, DEFAULTS.everyMs / 1000],
    'Pause between two looks',
  ),
];

export const monitorTriggerDescription: INodeTypeDescription = {
  displayName: 'Agent Swarm Monitor Trigger',
  name: 'agentSwarmMonitorTrigger',
  icon: { light: 'file:agentSwarmMonitor.svg', dark: 'file:agentSwarmMonitor.dark.svg' },
  group: ['trigger'],
  version: 1,
  subtitle: '={{ $parameter["queues"] || "all queues" }}',
  description:
    'Starts the workflow when a queue, a budget or a server is in trouble, and when it is well again',
  eventTriggerDescription: 'Looking at queues, budgets and servers',
  activationMessage: 'Trouble with queues, budgets and servers will now start this workflow.',
  defaults: { name: 'Agent Swarm Monitor Trigger' },
  triggerPanel: {
    header: '',
    executionsHelp: {
      inactive:
        'A test by hand looks once, and shows what is in trouble right now. Publish the workflow to be told when it begins and when it ends.',
      active:
        'A test by hand looks once, and shows what is in trouble right now. The published workflow is started when trouble begins and when it ends; see its runs under Executions.',
    },
    activationHint: 'Publish the workflow to be told when trouble begins and when it ends.',
  },
  inputs: [],
  outputs: [NodeConnectionTypes.Main],
  credentials: requiredCredentials,
  properties: [
    watchFor,
    {
      displayName: 'Queues',
      name: 'queues',
      type: 'string',
      default: '',
      placeholder: 'e.g. documents, invoices',
      description:
        'Queues to watch, separated by commas. Empty: all that an Agent Swarm Trigger has consumed with this Redis, in the virtual host of the RabbitMQ credential.',
    },
    {
      displayName: 'Budgets',
      name: 'budgets',
      type: 'string',
      default: '',
      placeholder: 'e.g. gpt-5-mini',
      description: 'Budgets to watch, separated by commas. Empty: all.',
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
