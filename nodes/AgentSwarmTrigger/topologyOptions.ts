import type { INodeProperties } from 'n8n-workflow';

import { EXCHANGE_TYPES } from '../../src/index';
import { DEFAULTS } from './defaults';

const EXCHANGE_WORDS = { direct: 'Direct', topic: 'Topic', fanout: 'Fanout', headers: 'Headers' };

/** Options about queues, exchanges and bindings. */
export const topologyOptions: INodeProperties[] = [
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
        name: 'Declare All but the Queue',
        value: 'adopt',
        description:
          'For a queue that others made: it must be there, and keeps its arguments. On RabbitMQ 4 raise the delivery limit of a quorum queue by a policy.',
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
    displayName: 'Exchange Type',
    name: 'exchangeType',
    type: 'options',
    options: EXCHANGE_TYPES.map((value) => ({ name: EXCHANGE_WORDS[value], value })),
    default: 'topic',
    description: 'Type of the exchange to bind to',
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
    displayName: 'Binding Headers',
    name: 'bindingHeaders',
    type: 'json',
    default: '{}',
    placeholder: '{"x-match": "all", "kind": "invoice"}',
    description: 'Arguments of the binding, for an exchange of type Headers',
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
];
