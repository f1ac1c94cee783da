import type { ICredentialTestFunction, ICredentialsDecrypted } from 'n8n-workflow';

import { AgentSwarm } from '../../../nodes/AgentSwarm/AgentSwarm.node';
import { AgentSwarmTrigger } from '../../../nodes/AgentSwarmTrigger/AgentSwarmTrigger.node';

export type Form = NonNullable<ICredentialsDecrypted['data']>;

const presses =
  (test: ICredentialTestFunction) =>
  async (data: Form): Promise<{ status: string; message: string }> =>
    await test.call({} as ThisParameterType<ICredentialTestFunction>, {
      id: '1',
      name: 'own',
      type: 'own',
      data: { connectTimeoutSeconds: 2, ...data },
    });

/** The test button of "Agent Swarm RabbitMQ", as the trigger has it. */
export const pressBroker = presses(
  new AgentSwarmTrigger().methods.credentialTest.testBrokerCredential,
);

/** The test button of "Agent Swarm Redis", as the action node has it. */
export const pressStore = presses(new AgentSwarm().methods.credentialTest.testStoreCredential);

export const at = (...ports: number[]): string =>
  ports.map((port) => `127.0.0.1:${port}`).join(', ');
