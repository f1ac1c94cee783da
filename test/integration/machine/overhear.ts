import { Cluster, type Redis } from 'ioredis';

/** What is published on a store. */
export interface Overheard {
  /** All that was published before, and since the last call; in order for each channel. */
  take(): Promise<string[]>;
  close(): void;
}

interface Message {
  readonly channel: string;
  readonly text: string;
  readonly port: number | undefined;
}

/**
 * A node of a Cluster hears what is published on the others as well, but some time later. So each is listened to, and of a channel
 * counts what is heard where its slot is: scripts publish under the hash tag of their keys.
 */
export async function overhear(redis: Redis | Cluster, pattern: string): Promise<Overheard> {
  const heard: Message[] = [];
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const listeners = servers.map((server) => server.duplicate({ lazyConnect: true }));
  for (const listener of listeners) {
    const { port } = listener.options;
    listener.on('pmessage', (_pattern, channel: string, text: string) => {
      heard.push({ channel, text, port });
    });
    await listener.connect();
    await listener.psubscribe(pattern);
  }
  const placeOf = redis instanceof Cluster ? await places(redis) : undefined;
  return {
    async take() {
      // Its answer comes after all that was published before.
      await Promise.all(listeners.map((listener) => listener.ping()));
      const texts: string[] = [];
      for (const { channel, text, port } of heard.splice(0)) {
        if (!placeOf || (await placeOf(channel)) === port) texts.push(text);
      }
      return texts;
    },
    close: () => listeners.forEach((listener) => listener.disconnect()),
  };
}

type SlotRange = [from: number, to: number, primary: [host: string, port: number]];

/** Gives the port of the node that has the slot of a channel. */
async function places(cluster: Cluster): Promise<(channel: string) => Promise<number | undefined>> {
  const ranges = (await cluster.cluster('SLOTS')) as unknown as SlotRange[];
  const known = new Map<string, number | undefined>();
  return async (channel) => {
    if (!known.has(channel)) {
      const slot = await cluster.cluster('KEYSLOT', channel);
      known.set(channel, ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1]);
    }
    return known.get(channel);
  };
}
