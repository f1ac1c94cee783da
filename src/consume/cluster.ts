import { patiently } from '../contract/patience';
import type { Store } from '../store/store';
import { rememberCluster } from '../word/clusters';
import type { ConsumerStart } from './consumerStart';

/**
 * The name by which the cluster is known that a node told us of.
 *
 * @throws SwarmError with patience `once`, when the store is away; ClosedError when the signal aborts first
 */
export async function knownCluster(
  told: string,
  store: Store,
  { broker, patience, settings, tell }: ConsumerStart,
  signal: AbortSignal,
): Promise<string> {
  const remember = () => rememberCluster(store, told, broker.hosts);
  // Who runs tasks without the store does not wait for it.
  if (settings.ifStoreAway === 'run') return await remember().catch(() => told);
  if (patience === 'once') return await remember();
  return await patiently(remember, {
    signal,
    onAway: (error) => tell('away', { what: 'store', error: error.message }),
  });
}
