import type { ICredentialTestFunction, INodeCredentialTestResult } from 'n8n-workflow';

import {
  checkBroker,
  checkStore,
  isSwarmError,
  messageOf,
  type StoreIdentity,
} from '../../src/index';
import { readBrokerCredential } from './brokerCredential';
import { readStoreCredential } from './storeCredential';

/** The test button of "Agent Swarm RabbitMQ": logs in and opens a channel. */
export const testBrokerCredential: ICredentialTestFunction = (credential) =>
  answer(async () => {
    const { version, cluster } = await checkBroker(readBrokerCredential(credential.data ?? {}));
    return `RabbitMQ ${version} (cluster ${cluster}) let us in.`;
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

function explained(error: unknown): string {
  const message = sentence(messageOf(error));
  return isSwarmError(error) ? `${message} ${sentence(error.remedy)}` : message;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
