import type { INodeCredentialDescription } from 'n8n-workflow';

import { payloadCredentials } from '../shared/payloadStores';

/** What is shown for which operation. */
export const credentials: INodeCredentialDescription[] = [
  {
    name: 'agentSwarmRabbitMqApi',
    displayName: 'Agent Swarm RabbitMQ',
    required: true,
    testedBy: 'testBrokerCredential',
    displayOptions: {
      show: { resource: ['task', 'deadLetter'] },
      // Not shown for those that need it: the editor takes a field for the choice of a login, and hides it, when the
      // credentials' conditions name all its values.
      hide: {
        operation: ['cancel', 'complete', 'deadLetter', 'extendLease', 'fail', 'get', 'retryLater'],
      },
    },
  },
  {
    // n8n knows one entry a credential: not required, because Dispatch works without it as long as messages are small.
    // Shown always, and not by each resource, for the same reason.
    name: 'agentSwarmRedisApi',
    displayName: 'Agent Swarm Redis',
    required: false,
    testedBy: 'testStoreCredential',
  },
  ...payloadCredentials,
];
