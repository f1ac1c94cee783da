import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { freePort } from './freePort';
import { redisProgram, serverCommand } from './programs';
import { startRedis, type RedisServer } from './redis';

const run = promisify(execFile);
const HOST = '127.0.0.1';

/** A slot on its way: the node that had it sends those who ask for a key it does not have to the other one. */
export interface Move {
  /** Moves the keys and gives the slot over; answers how many keys there were. */
  finish(): Promise<number>;
}

/** Three primaries that share the slots, without replicas. */
export interface RedisCluster {
  readonly nodes: readonly { host: string; port: number }[];
  readonly servers: readonly RedisServer[];
  /** A plain connection to each node, which follows no redirection. */
  readonly plain: readonly Redis[];
  /** Index of the node that has the slot of a key. */
  ownerOf(key: string): Promise<number>;
  /** Begins to move the slot of a key to the node with that index. */
  move(key: string, to: number): Promise<Move>;
  stop(): Promise<void>;
}

/** @param args for every node */
export async function startRedisCluster(args: readonly string[] = []): Promise<RedisCluster> {
  const startNode = async () => {
    const bus = ['--cluster-port', String(await freePort())];
    const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...bus];
    return await startRedis({ args: [...cluster, ...args] });
  };
  const servers = await Promise.all([startNode(), startNode(), startNode()]);
  const plain = servers.map(({ port }) => new Redis(port, HOST, { maxRetriesPerRequest: 1 }));
  plain.forEach((client) => client.on('error', () => undefined));
  const stop = async () => {
    plain.forEach((client) => client.disconnect());
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    const addresses = servers.map(({ port }) => `${HOST}:${port}`);
    const create = ['--cluster', 'create', ...addresses, '--cluster-yes'];
    const { command, args: all } = serverCommand(redisProgram('cli'), create);
    await run(command, all);
    await Promise.all(plain.map(servesAll));
  } catch (cause) {
    await stop();
    throw cause;
  }

  const ids = await Promise.all(plain.map((client) => client.cluster('MYID')));
  const at = (index: number) => ({ redis: plain[index] as Redis, id: ids[index] as string });
  const slotOf = (key: string) => at(0).redis.cluster('KEYSLOT', key);
  const ownerOf = async (key: string) => {
    const slot = await slotOf(key);
    const ranges = (await at(0).redis.cluster('SLOTS')) as unknown as SlotRange[];
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    return ids.indexOf(range?.[2][2] ?? '');
  };
  return {
    nodes: servers.map(({ port }) => ({ host: HOST, port })),
    servers,
    plain,
    ownerOf,
    async move(key, to) {
      const slot = await slotOf(key);
      const [source, target] = [at(await ownerOf(key)), at(to)];
      await target.redis.cluster('SETSLOT', slot, 'IMPORTING', source.id);
      await source.redis.cluster('SETSLOT', slot, 'MIGRATING', target.id);
      return {
        async finish() {
          let moved = 0;
          const targetPort = servers[to]?.port ?? 0;
          for (;;) {
            const keys = await source.redis.cluster('GETKEYSINSLOT', slot, 10);
            if (keys.length === 0) break;
            await source.redis.migrate(HOST, targetPort, '', 0, 5000, 'KEYS', ...keys);
            moved += keys.length;
          }
          const others = plain.filter((one) => one !== target.redis && one !== source.redis);
          for (const redis of [target.redis, source.redis, ...others]) {
            await redis.cluster('SETSLOT', slot, 'NODE', target.id);
          }
          return moved;
        },
      };
    },
    stop,
  };
}

type SlotRange = [from: number, to: number, primary: [host: string, port: number, id: string]];

/** Asks over and over: a node has no event for it. */
async function servesAll(redis: Redis): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await redis.cluster('INFO')).includes('cluster_state:ok')) {
    if (Date.now() > deadline) throw new Error('The Redis Cluster did not come up within 20 s');
    await delay(50);
  }
}
