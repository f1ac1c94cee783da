import { sha256 } from '../contract/identity';
import type { StoreSettings } from '../contract/settings';
import { SharedPool } from '../contract/sharedPool';
import { Store } from './store';

const pool = new SharedPool<StoreSettings, Store>({
  name: (settings) => sha256(JSON.stringify(settings)),
  open: (settings) => Store.open(settings, 'once'),
  close(store) {
    store.close();
    return Promise.resolve();
  },
});

/** Lends a connection to the store for one act; it is asked only when there is something to do. */
export type UseStore = <T>(act: (store: Store) => Promise<T>) => Promise<T>;

/** Runs `use` with this process's connection of these settings; it is closed a while after its last user. */
export async function withStore<T>(
  settings: StoreSettings,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  return await pool.use(settings, use);
}

/** The same, for who does not hold the settings. */
export function useStoreOf(settings: StoreSettings): UseStore {
  return (act) => withStore(settings, act);
}

/** Closes the connections that nobody uses right now. */
export async function closeIdleStores(): Promise<void> {
  await pool.closeIdle();
}
