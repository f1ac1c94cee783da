import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

import { storeSchema } from '../src/index';
import { caField, certField, keyField, tlsSwitch, verifyField } from './tlsFields';

const defaults = storeSchema.parse({ kind: 'standalone' });

/** Where Redis or Valkey is, and how to be let in. `nodes/shared/storeCredential.ts` reads what is stored. */
export class AgentSwarmRedisApi implements ICredentialType {
  name = 'agentSwarmRedisApi';

  displayName = 'Agent Swarm Redis';

  icon: Icon = { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' };

  documentationUrl = 'https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/';

  properties: INodeProperties[] = [
    {
      // A list of one would only puzzle; stored from the start, so that old credentials keep their meaning beside new kinds.
      displayName: 'Connection Type',
      name: 'type',
      type: 'hidden',
      default: defaults.kind,
    },
    {
      displayName: 'Host',
      name: 'host',
      type: 'string',
      required: true,
      default: defaults.host,
    },
    {
      displayName: 'Port',
      name: 'port',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 65535 },
      default: defaults.port,
    },
    {
      displayName: 'Database',
      name: 'database',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: defaults.database,
      description: 'Number of the logical database',
    },
    {
      displayName: 'User',
      name: 'username',
      type: 'string',
      default: defaults.username,
      description: 'Name of an ACL user. Leave empty when there is only a password, or none.',
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
    verifyField,
    {
      displayName: 'Key Prefix',
      name: 'prefix',
      type: 'string',
      default: defaults.prefix,
      description:
        'Stands before every key, so that one Redis can serve others too. Nodes that work together need the same one.',
    },
    {
      displayName: 'Connect Timeout',
      name: 'connectTimeoutSeconds',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 120 },
      default: defaults.connectTimeoutMs / 1000,
      description: 'Longest an attempt to connect may take, in seconds',
    },
  ];
}
