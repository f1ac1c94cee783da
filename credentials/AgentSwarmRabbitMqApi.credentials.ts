import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

import { brokerSchema } from '../src/index';
import {
  caField,
  certField,
  keyField,
  passphraseField,
  serverNameField,
  tlsSwitch,
  verifyField,
} from './tlsFields';

const defaults = brokerSchema.parse({ hosts: [{ host: 'localhost', port: 5672 }] });

/** Where RabbitMQ is, and how to be let in. `nodes/shared/brokerCredential.ts` reads what is stored. */
export class AgentSwarmRabbitMqApi implements ICredentialType {
  name = 'agentSwarmRabbitMqApi';

  displayName = 'Agent Swarm RabbitMQ';

  icon: Icon = { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' };

  documentationUrl = 'https://www.rabbitmq.com/docs/access-control';

  properties: INodeProperties[] = [
    {
      displayName: 'Hosts',
      name: 'hosts',
      type: 'string',
      required: true,
      default: 'localhost:5672',
      placeholder: 'rabbit-1:5672, rabbit-2:5672',
      description:
        'One host, or the nodes of a cluster separated by commas, each as host or host:port. They are tried in turn. The port is 5672, or 5671 with TLS, when none is given. An IPv6 address stands in brackets: [::1]:5672.',
    },
    {
      displayName: 'Virtual Host',
      name: 'vhost',
      type: 'string',
      default: defaults.vhost,
    },
    {
      displayName: 'Username',
      name: 'username',
      type: 'string',
      default: defaults.username,
    },
    {
      displayName: 'Password',
      name: 'password',
      type: 'string',
      typeOptions: { password: true },
      default: '',
    },
    tlsSwitch,
    caField,
    certField,
    keyField,
    passphraseField,
    serverNameField,
    verifyField,
    {
      displayName: 'Management URL',
      name: 'managementUrl',
      type: 'string',
      default: defaults.managementUrl,
      placeholder: 'e.g. http://rabbit-1:15672',
      description:
        "Address of RabbitMQ's management page, for lists of queues; everything else works without it. It is asked with the same user, who needs the tag management, and with the same TLS fields when it begins with https.",
    },
    {
      displayName: 'Heartbeat',
      name: 'heartbeatSeconds',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 3600 },
      default: defaults.heartbeatSeconds,
      description:
        'Seconds. A connection that stays silent for twice as long counts as lost. 0 switches heartbeats off.',
    },
    {
      displayName: 'Connection Name',
      name: 'connectionName',
      type: 'string',
      default: defaults.connectionName,
      description: 'Shown by RabbitMQ in its lists of connections',
    },
    {
      displayName: 'Connect Timeout',
      name: 'connectTimeoutSeconds',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 120 },
      default: defaults.connectTimeoutMs / 1000,
      description: 'Longest an attempt to reach one host may take, in seconds',
    },
  ];
}
