import type { INodeCredentialDescription } from 'n8n-workflow';

/** Of a node that does nothing without both servers; it has their tests in its methods. */
export const requiredCredentials: INodeCredentialDescription[] = [
  {
    name: 'agentSwarmRabbitMqApi',
    displayName: 'Agent Swarm RabbitMQ',
    required: true,
    testedBy: 'testBrokerCredential',
  },
  {
    name: 'agentSwarmRedisApi',
    displayName: 'Agent Swarm Redis',
    required: true,
    testedBy: 'testStoreCredential',
  },
];
