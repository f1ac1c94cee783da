import { NodeConnectionTypes, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';

import { shownFor, type Operation } from './operation';
import { OPERATIONS } from './router';

const resources: INodeProperties = {
  displayName: 'Resource',
  name: 'resource',
  type: 'options',
  noDataExpression: true,
  options: [
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
      name: 'Complete',
      value: 'complete',
      action: 'Complete a task',
      description: 'Say that the task of this run is done, before the run ends',
    },
    {
      name: 'Dispatch',
      value: 'dispatch',
      action: 'Dispatch a task',
      description: 'Send a task to a queue or an exchange, confirmed',
    },
  ],
  default: 'dispatch',
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

function forms(): INodeProperties[] {
  return Object.entries(OPERATIONS).flatMap(([resource, operations]) =>
    Object.entries<Operation>(operations).flatMap(([operation, { form }]) =>
      shownFor(resource, operation, form),
    ),
  );
}

export const agentSwarmDescription: INodeTypeDescription = {
  displayName: 'Agent Swarm',
  name: 'agentSwarm',
  icon: { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' },
  group: ['transform'],
  version: 1,
  subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
  description: 'Dispatches tasks to a swarm of agents, ends them, and stores what is too large',
  defaults: { name: 'Agent Swarm' },
  usableAsTool: true,
  inputs: [NodeConnectionTypes.Main],
  outputs: [NodeConnectionTypes.Main],
  credentials: [
    {
      name: 'agentSwarmRabbitMqApi',
      required: true,
      testedBy: 'testBrokerCredential',
      displayOptions: { show: { resource: ['task'], operation: ['dispatch'] } },
    },
    {
      // n8n knows one entry a credential: not required, because Dispatch works without it as long as messages are small.
      name: 'agentSwarmRedisApi',
      required: false,
      testedBy: 'testStoreCredential',
      displayOptions: { show: { resource: ['task', 'payload'] } },
    },
  ],
  properties: [resources, taskOperations, payloadOperations, ...forms()],
};
