import { randomUUID } from 'node:crypto';

import { Store } from '../../../src/store/store';
import { integrationServers, integrationStore } from '../../support/integrationServers';
import { connectPlainStoreAt, type AnyPlainStore } from '../../support/plainStore';
import { overhear } from './overhear';

/** Which the scripts run on. */
export interface RealStore {
  readonly store: Store;
  readonly plain: AnyPlainStore;
  /** What was published about words since the last call. */
  told(): Promise<string[]>;
  close(): Promise<void>;
}

/** Also stops the clock of this process: what waits for a timer waits for the test. The store keeps its own. */
export async function openRealStore(): Promise<RealStore> {
  const plain = await connectPlainStoreAt(integrationServers().store, `machine-${randomUUID()}`);
  const store = await Store.open(integrationStore(plain.prefix), 'once');
  const overheard = await overhear(plain.redis, `${plain.prefix}:*`);
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
  return {
    store,
    plain,
    told: () => overheard.take(),
    async close() {
      jest.useRealTimers();
      overheard.close();
      store.close();
      await plain.close();
    },
  };
}
