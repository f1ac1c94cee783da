import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** A client that knows nothing of the pack: it says what the store really holds under one prefix. */
export interface PlainStore {
  readonly redis: Redis;
  /** Every key of this test begins with it; the server may be shared. */
  readonly prefix: string;
  readonly url: string;
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

export async function connectPlainStore(
  url: string,
  prefix: string = `test-${randomUUID()}:`,
): Promise<PlainStore> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  await redis.connect();

  const keys = async () => {
    const found = new Set<string>();
    // A cluster name with brackets or stars in it would be a pattern.
    const literal = prefix.replace(/[[\]*?\\]/g, '\\$&');
    for await (const page of redis.scanStream({ match: `${literal}*`, count: 500 })) {
      for (const key of page as string[]) found.add(key);
    }
    return [...found].sort();
  };
  const clear = async () => {
    const all = await keys();
    if (all.length > 0) await redis.unlink(...all);
  };
  return {
    redis,
    prefix,
    url,
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
