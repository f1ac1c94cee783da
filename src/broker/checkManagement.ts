import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import type { BrokerIdentity } from './connection';
import { ManagementApi } from './management';

/**
 * Proves that the management API lists the queues of the broker that let us in.
 *
 * @throws SwarmError with cause and remedy; InputError when the settings name no URL
 */
export async function checkManagement(
  settings: BrokerSettings,
  broker: BrokerIdentity,
): Promise<void> {
  const api = new ManagementApi(settings);
  const { cluster } = await api.overview();
  // Nodes of one cluster tell one name, once it has one.
  if (cluster !== broker.cluster) {
    throw new RefusedError(
      'conflict',
      `The management API at ${settings.managementUrl} belongs to another cluster: "${cluster}", and the broker to "${broker.cluster}".`,
      'Give the Management URL of the node in Hosts. If it is the same cluster, give it a name, which all of its nodes tell then: rabbitmqctl set_cluster_name <name>.',
    );
  }
  await api.queues();
}
