import type { ICredentialTestFunction, INodeCredentialTestResult } from 'n8n-workflow';

import { checkBroker, checkManagement, checkStore, type StoreIdentity } from '../../src/index';
import { readBrokerCredential } from './brokerCredential';
import { explained } from './nodeError';
import { readStoreCredential } from './storeCredential';

/** The test button of "Agent Swarm RabbitMQ": logs in and opens a channel; then lists queues, where a Management URL is given. */
export const testBrokerCredential: ICredentialTestFunction = (credential) =>
  answer(async () => {
    const settings = readBrokerCredential(credential.data ?? {});
    const broker = await checkBroker(settings);
    const letIn = `RabbitMQ ${broker.version} (cluster ${broker.cluster}) let us in`;
    if (settings.managementUrl === '') return `${letIn}.`;
    try {
      await checkManagement(settings, broker);
    } catch (error) {
      throw new Error(
        `${letIn}, so tasks can run; but the Management URL fails. ${explained(error)}`,
        {
          cause: error,
        },
      );
    }
    return `${letIn}, and its management API lists queues.`;
  });

/** The test button of "Agent Swarm Redis": logs in, then writes and deletes a key under the prefix. */
export const testStoreCredential: ICredentialTestFunction = (credential) =>
  answer(async () => {
    const found = await checkStore(readStoreCredential(credential.data ?? {}));
    return [`${introduce(found)} let us in and write.`, ...found.warnings].join(' ');
  });

function introduce({ kind, version, connection, primaries }: StoreIdentity): string {
  const ways = {
    standalone: 'standalone',
    sentinel: 'the primary that the Sentinels name',
    cluster: `a Cluster of ${primaries} primaries`,
  };
  return `${[kind, version].join(' ').trim()} (${ways[connection]})`;
}

/** n8n shows `message` as it is; an error must not leave this function, or it is shown without its remedy. */
async function answer(check: () => Promise<string>): Promise<INodeCredentialTestResult> {
  try {
    return { status: 'OK', message: await check() };
  } catch (error) {
    return { status: 'Error', message: explained(error) };
  }
}
