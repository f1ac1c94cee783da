import { randomUUID } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { plainClient, type StoreAddress } from './storeAddress';

/** A client that knows nothing of the pack: it says what the store really holds under one prefix. */
export interface PlainStore<Client extends Redis | Cluster = Redis> {
  readonly redis: Client;
  /** Every key of this test begins with it; the server may be shared. */
  readonly prefix: string;
  /** The keys under the prefix, in full, sorted. */
  keys(): Promise<string[]>;
  /** Those of tasks. */
  tasks(): Promise<string[]>;
  hash(key: string): Promise<Record<string, string>>;
  /** Deletes what stands under the prefix, and nothing else. */
  clear(): Promise<void>;
  /** Clears and disconnects. */
  close(): Promise<void>;
}

/** Of a store that may be of any kind. */
export type AnyPlainStore = PlainStore<Redis | Cluster>;

/** At the URL of one server. */
export async function connectPlainStore(url: string, prefix?: string): Promise<PlainStore> {
  return await connected(new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 }), prefix);
}

export async function connectPlainStoreAt(
  address: StoreAddress,
  prefix?: string,
): Promise<AnyPlainStore> {
  return await connected(plainClient(address), prefix);
}

async function connected<Client extends Redis | Cluster>(
  redis: Client,
  prefix: string = `test-${randomUUID()}:`,
): Promise<PlainStore<Client>> {
  redis.on('error', () => undefined);
  await redis.connect();

  const keys = async () => {
    const found = new Set<string>();
    // A cluster name with brackets or stars in it would be a pattern.
    const literal = prefix.replace(/[[\]*?\\]/g, '\\$&');
    const servers: readonly Redis[] = redis instanceof Cluster ? redis.nodes('master') : [redis];
    for (const server of servers) {
      for await (const page of server.scanStream({ match: `${literal}*`, count: 500 })) {
        for (const key of page as string[]) found.add(key);
      }
    }
    return [...found].sort();
  };
  const clear = async () => {
    // One by one: on a Cluster they lie apart.
    await Promise.all((await keys()).map((key) => redis.unlink(key)));
  };
  return {
    redis,
    prefix,
    keys,
    tasks: async () => (await keys()).filter((key) => key.includes(':task:')),
    hash: (key) => redis.hgetall(key),
    clear,
    async close() {
      await clear().catch(() => undefined);
      redis.disconnect();
    },
  };
}
