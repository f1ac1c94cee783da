import { storeSchema, type StoreSettings } from '../../src/contract/settings';
import { newVhost, rabbitMqCtl, type RabbitMqNode } from './rabbitMqNode';
import type { StoreAddress } from './storeAddress';

/** What test/integration/globalSetup.ts started, one for the whole run. */
export interface IntegrationServers {
  /** Shared by all files of the run: take a vhost of your own, and never restart it. */
  broker: RabbitMqNode;
  /** Shared as well: keep under a prefix of your own, and never flush. One server, or what `npm run test:matrix` has in its place. */
  store: StoreAddress;
}

export const VARIABLE = 'AGENT_SWARM_INTEGRATION_SERVERS';

export function integrationServers(): IntegrationServers {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('Integration tests run as a Jest project: npm run test:integration.');
  return JSON.parse(text) as IntegrationServers;
}

/** A fresh vhost on the shared broker. */
export const integrationVhost = (): Promise<string> => newVhost(integrationServers().broker);

export const integrationCtl = (...args: string[]): Promise<string> =>
  rabbitMqCtl(integrationServers().broker, args);

/** Settings of the shared store. */
export const integrationStore = (prefix: string): StoreSettings =>
  storeSchema.parse({ ...integrationServers().store, prefix });
