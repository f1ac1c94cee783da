import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

import { storeSchema, type StoreSettings } from '../src/index';
import {
  caField,
  certField,
  keyField,
  passphraseField,
  serverNameField,
  tlsSwitch,
  verifyField,
} from './tlsFields';

type Kind = StoreSettings['kind'];
type Of<K extends Kind> = Extract<StoreSettings, { kind: K }>;

const defaults = storeSchema.parse({ kind: 'standalone' }) as Of<'standalone'>;
const watched = storeSchema.parse({
  kind: 'sentinel',
  sentinels: [{ host: 'localhost', port: 26_379 }],
}) as Of<'sentinel'>;

const shownFor = (...type: Kind[]) => ({ show: { type } });

const HOSTS_ARE =
  'separated by commas, each as host or host:port. An IPv6 address stands in brackets: [::1]:6379.';

/** Where Redis or Valkey is, and how to be let in. `nodes/shared/storeCredential.ts` reads what is stored. */
export class AgentSwarmRedisApi implements ICredentialType {
  name = 'agentSwarmRedisApi';

  displayName = 'Agent Swarm Redis';

  icon: Icon = { light: 'file:agentSwarm.svg', dark: 'file:agentSwarm.dark.svg' };

  documentationUrl = 'https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/';

  properties: INodeProperties[] = [
    {
      displayName: 'Connection',
      name: 'type',
      type: 'options',
      options: [
        {
          name: 'Standalone',
          value: 'standalone',
          description: 'One address of Redis or Valkey',
        },
        {
          name: 'Sentinel',
          value: 'sentinel',
          description: 'A primary with replicas, whose address the Sentinels tell',
        },
        {
          name: 'Cluster',
          value: 'cluster',
          description: 'Redis Cluster: several primaries, each with a part of the keys',
        },
      ],
      default: defaults.kind,
    },
    {
      displayName: 'Host',
      name: 'host',
      type: 'string',
      required: true,
      displayOptions: shownFor('standalone'),
      default: defaults.host,
    },
    {
      displayName: 'Port',
      name: 'port',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 65535 },
      displayOptions: shownFor('standalone'),
      default: defaults.port,
    },
    {
      displayName: 'Sentinels',
      name: 'sentinels',
      type: 'string',
      required: true,
      displayOptions: shownFor('sentinel'),
      default: 'localhost:26379',
      placeholder: 'sentinel-1:26379, sentinel-2:26379, sentinel-3:26379',
      description: `The Sentinels, ${HOSTS_ARE} The port is 26379 when none is given. They are asked in turn; addresses they tell must be reachable from n8n.`,
    },
    {
      displayName: 'Master Name',
      name: 'masterName',
      type: 'string',
      required: true,
      displayOptions: shownFor('sentinel'),
      default: watched.name,
      description: 'Name under which the Sentinels watch the primary',
    },
    {
      displayName: 'Sentinel User',
      name: 'sentinelUsername',
      type: 'string',
      displayOptions: shownFor('sentinel'),
      default: watched.sentinelUsername,
      description: 'Name of an ACL user at the Sentinels. Leave empty when they ask for none.',
    },
    {
      displayName: 'Sentinel Password',
      name: 'sentinelPassword',
      type: 'string',
      typeOptions: { password: true },
      displayOptions: shownFor('sentinel'),
      default: '',
      description:
        'Leave empty when the Sentinels ask for none; Redis itself has fields of its own',
    },
    {
      displayName: 'Nodes',
      name: 'nodes',
      type: 'string',
      required: true,
      displayOptions: shownFor('cluster'),
      default: 'localhost:6379',
      placeholder: 'redis-1:6379, redis-2:6379, redis-3:6379',
      description: `Some nodes of the Cluster, ${HOSTS_ARE} The port is 6379 when none is given. They tell the others; addresses they tell must be reachable from n8n.`,
    },
    {
      displayName: 'Database',
      name: 'database',
      type: 'number',
      typeOptions: { minValue: 0 },
      displayOptions: shownFor('standalone', 'sentinel'),
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
    passphraseField,
    serverNameField,
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
