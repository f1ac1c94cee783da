import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import type { BrokerSettings, StoreSettings } from '../../src/index';
import { readBrokerCredential } from './brokerCredential';
import { readStoreCredential } from './storeCredential';

/** What every kind of node context has. */
interface HasCredentials {
  getCredentials<T extends object = ICredentialDataDecryptedObject>(
    type: string,
    itemIndex?: number,
  ): Promise<T>;
}

export async function brokerOf(context: HasCredentials): Promise<BrokerSettings> {
  return readBrokerCredential(await context.getCredentials('agentSwarmRabbitMqApi'));
}

export async function storeOf(context: HasCredentials): Promise<StoreSettings> {
  return readStoreCredential(await context.getCredentials('agentSwarmRedisApi'));
}
