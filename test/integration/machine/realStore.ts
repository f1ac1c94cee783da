import { randomUUID } from 'node:crypto';

import { storeSchema } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { integrationServers } from '../../support/integrationServers';
import { connectPlainStore, type PlainStore } from '../../support/plainStore';

/** Which the scripts run on. */
export interface RealStore {
  readonly store: Store;
  readonly plain: PlainStore;
  /** What was published about words since the last call. */
  told(): Promise<string[]>;
  close(): Promise<void>;
}

/** Also stops the clock of this process: what waits for a timer waits for the test. The store keeps its own. */
export async function openRealStore(): Promise<RealStore> {
  const { storeUrl } = integrationServers();
  const { hostname, port } = new URL(storeUrl);
  const plain = await connectPlainStore(storeUrl, `machine-${randomUUID()}`);
  const given = { kind: 'standalone', host: hostname, port: Number(port), prefix: plain.prefix };
  const store = await Store.open(storeSchema.parse(given), 'once');
  const heard: string[] = [];
  const subscriber = plain.redis.duplicate();
  subscriber.on('pmessage', (_pattern, _channel, message: string) => heard.push(message));
  await subscriber.connect();
  await subscriber.psubscribe(`${plain.prefix}:*`);
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
  return {
    store,
    plain,
    async told() {
      // Its answer comes after all that was told before.
      await subscriber.ping();
      return heard.splice(0);
    },
    async close() {
      jest.useRealTimers();
      subscriber.disconnect();
      store.close();
      await plain.close();
    },
  };
}
