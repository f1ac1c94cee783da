import type { StoreSettings } from '../../src/contract/settings';
import { RedisPayloads } from '../../src/payload/redis';
import type { UsePayloads } from '../../src/payload/payloadStore';
import { withStore } from '../../src/store/pool';

/** Large data goes into this Redis. */
export const redisDeposits =
  (settings: StoreSettings): UsePayloads =>
  (act) =>
    withStore(settings, (store) => act(new RedisPayloads(store)));
