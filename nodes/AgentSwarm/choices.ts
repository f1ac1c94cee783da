import type { INodeProperties } from 'n8n-workflow';

const resources: INodeProperties = {
  displayName: 'Resource',
  name: 'resource',
  type: 'options',
  noDataExpression: true,
  options: [
    { name: 'Budget', value: 'budget' },
    { name: 'Dead Letter', value: 'deadLetter' },
    { name: 'Group', value: 'group' },
    { name: 'Payload', value: 'payload' },
    { name: 'Task', value: 'task' },
  ],
  default: 'task',
};

const taskOperations: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: ['task'] } },
  options: [
    {
      name: 'Cancel',
      value: 'cancel',
      action: 'Cancel a task',
      description: 'Let go of a task without a run; a run that is under way is not interrupted',
    },
    {
      name: 'Complete',
      value: 'complete',
      action: 'Complete a task',
      description: 'Say that the task of this run is done, before the run ends',
    },
    {
      name: 'Dead-Letter',
      value: 'deadLetter',
      action: 'Dead letter a task',
      description: 'Give the task of this run up, whatever attempts are left',
    },
    {
      name: 'Dispatch',
      value: 'dispatch',
      action: 'Dispatch a task',
      description: 'Send a task to a queue or an exchange, confirmed',
    },
    {
      name: 'Extend Lease',
      value: 'extendLease',
      action: 'Extend the lease of a task',
      description: 'Keep the task with this run for longer, should the n8n that started it die',
    },
    {
      name: 'Fail',
      value: 'fail',
      action: 'Fail a task',
      description:
        "As if this run had failed with the item's error: for error outputs. It is retried or given up by the options of the trigger.",
    },
    {
      name: 'Fan Out',
      value: 'fanOut',
      action: 'Fan out tasks',
      description:
        'Send tasks that belong together, and get one task back when they have ended: the join',
    },
    {
      name: 'Get',
      value: 'get',
      action: 'Get a task',
      description: 'Get the state of a task, its attempts and its times',
    },
    {
      name: 'Hand Over',
      value: 'handOver',
      action: 'Hand a task over',
      description: 'Let other agents go on with the task of this run, and tell them where it was',
    },
    {
      name: 'Retry Later',
      value: 'retryLater',
      action: 'Retry a task later',
      description: 'End this run and let the task run again after a while',
    },
  ],
  default: 'dispatch',
};

const deadLetterOperations: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: ['deadLetter'] } },
  options: [
    {
      name: 'Discard',
      value: 'discard',
      action: 'Discard dead letters',
      description: 'Remove dead letters for good; what was removed is given out',
    },
    {
      name: 'Get',
      value: 'getLetter',
      action: 'Get a dead letter',
      description: 'Get one dead letter with its body, its attempts and why it gave up',
    },
    {
      name: 'Get Many',
      value: 'getMany',
      action: 'Get many dead letters',
      description: 'Look at the tasks of a queue that gave up, or count them; none is taken',
    },
    {
      name: 'Replay',
      value: 'replay',
      action: 'Replay dead letters',
      description: 'Send tasks that gave up again, with attempts from zero',
    },
  ],
  default: 'getMany',
};

const groupOperations: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: ['group'] } },
  options: [
    {
      name: 'Get',
      value: 'get',
      action: 'Get a group',
      description: 'Get the results of tasks that were fanned out together, or their counts',
    },
  ],
  default: 'get',
};

const payloadOperations: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: ['payload'] } },
  options: [
    {
      name: 'Delete',
      value: 'delete',
      action: 'Delete a payload',
      description: 'Delete a stored payload before its time runs out',
    },
    {
      name: 'Load',
      value: 'load',
      action: 'Load a payload',
      description: 'Get a stored payload by its claim',
    },
    {
      name: 'Store',
      value: 'store',
      action: 'Store a payload',
      description: 'Store what is too large for a message, and get a claim for it',
    },
  ],
  default: 'store',
};

const budgetOperations: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: ['budget'] } },
  options: [
    {
      name: 'Create or Update',
      value: 'createOrUpdate',
      action: 'Create or update a budget',
      description: 'Set the limits that all calls of one LLM key and model share',
    },
    {
      name: 'Get',
      value: 'get',
      action: 'Get a budget',
      description: 'Get what is used, reserved and waiting, and what the limits are',
    },
    {
      name: 'Pause',
      value: 'pause',
      action: 'Pause a budget',
      description: 'Let nobody begin a call until it is resumed',
    },
    {
      name: 'Report Usage',
      value: 'reportUsage',
      action: 'Report the usage of a budget',
      description: 'Say what calls used that were made without Rate-Limited Chat Model',
    },
    {
      name: 'Resume',
      value: 'resume',
      action: 'Resume a budget',
      description: 'Let calls begin again',
    },
    {
      name: 'Wait for Budget',
      value: 'waitForBudget',
      action: 'Wait for a budget',
      description: 'Hold items until there is room for their calls, and reserve it',
    },
  ],
  default: 'waitForBudget',
};

/** Resource, and Operation of each. */
export const choices: INodeProperties[] = [
  resources,
  budgetOperations,
  deadLetterOperations,
  groupOperations,
  taskOperations,
  payloadOperations,
];
