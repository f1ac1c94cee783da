import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { startChild, type Child } from './childProcess';
import { freePort } from './freePort';
import { redisProgram, serverCommand } from './programs';
import { startRedis, type RedisServer } from './redis';
import { temporaryFolder, type TemporaryFolder } from './temporaryFolder';

const HOST = '127.0.0.1';
const NAME = 'mymaster';
/** Silence after which a Sentinel takes the primary for dead, ms. */
const DOWN_AFTER_MS = 500;

export interface SentinelOptions {
  /** Password of the Sentinels themselves. */
  sentinelPassword?: string;
  /** Password of the servers they watch. */
  password?: string;
}

/** A primary with a replica, watched by three Sentinels of which two must agree; a failover takes two to three seconds. */
export interface SentinelSet {
  readonly name: string;
  readonly sentinels: readonly { host: string; port: number }[];
  /** The first is the primary at the start. */
  readonly servers: readonly [RedisServer, RedisServer];
  /** Port of the primary as the first Sentinel that answers tells it. */
  primaryPort(): Promise<number>;
  /** Resolves when the Sentinels agree that this server is the primary, and it takes writes. */
  promoted(server: RedisServer): Promise<void>;
  /** Makes a server that came back follow the primary at once; left alone the Sentinels take ten seconds to do it. */
  rejoin(server: RedisServer): Promise<void>;
  /** Orders a failover while the primary is well. */
  failover(): Promise<void>;
  killSentinel(index: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startSentinelSet(options: SentinelOptions = {}): Promise<SentinelSet> {
  const { password, sentinelPassword } = options;
  const login = password ? ['--requirepass', password, '--masterauth', password] : [];
  // The replica shall not wait for others to come before it gets its first copy.
  const args = [...login, '--repl-diskless-sync-delay', '0'];
  const primary = await startRedis({ args });
  const of = ['--replicaof', HOST, String(primary.port)];
  const replica = await startRedis({ args: [...args, ...of] });
  const folder = await temporaryFolder('sentinel');
  const started: { child: Child; port: number }[] = [];

  const ask = async (port: number, ...words: [string, ...string[]]): Promise<unknown> => {
    const isSentinel = started.some((one) => one.port === port);
    const client = new Redis(port, HOST, {
      lazyConnect: true,
      retryStrategy: () => null,
      enableReadyCheck: false,
      password: isSentinel ? sentinelPassword : password,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(...words);
    } finally {
      client.disconnect();
    }
  };
  const watched = async (port: number): Promise<Map<string, string>> => {
    return pairs((await ask(port, 'SENTINEL', 'MASTER', NAME)) as string[]);
  };
  const watch = [
    `sentinel monitor ${NAME} ${HOST} ${primary.port} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 2000`,
    ...(password ? [`sentinel auth-pass ${NAME} ${password}`] : []),
    ...(sentinelPassword ? [`requirepass ${sentinelPassword}`] : []),
  ];
  const stop = async () => {
    await Promise.all(started.map(({ child }) => child.stop()));
    await Promise.all([primary.stop(), replica.stop()]);
    await folder.remove();
  };

  try {
    for (let count = 0; count < 3; count += 1) {
      const port = await freePort();
      started.push({ port, child: await startSentinel(folder, [`port ${port}`, ...watch]) });
    }
    for (const { child, port } of started) {
      const complete = async () => {
        const facts = await watched(port);
        return facts.get('num-slaves') === '1' && facts.get('num-other-sentinels') === '2';
      };
      await child.waitUntil(complete, 20_000, 'in touch with the others');
    }
  } catch (cause) {
    await stop();
    throw cause;
  }

  const alive = () => started.filter(({ child }) => child.isRunning());
  const first = () => {
    const [one] = alive();
    if (!one) throw new Error('no Sentinel runs any more');
    return one;
  };
  const told = async (port: number) => {
    const [, found] = (await ask(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as string[];
    return Number(found);
  };
  return {
    name: NAME,
    sentinels: started.map(({ port }) => ({ host: HOST, port })),
    servers: [primary, replica],
    primaryPort: () => told(first().port),
    async promoted(server) {
      for (const { child, port } of alive()) {
        await child.waitUntil(async () => (await told(port)) === server.port, 20_000, 'agreed');
      }
      const writes = async () => String(await ask(server.port, 'ROLE')).startsWith('master');
      await first().child.waitUntil(writes, 20_000, 'done with the failover');
    },
    async rejoin(server) {
      const primary = await told(first().port);
      await ask(server.port, 'REPLICAOF', HOST, String(primary));
      await first().child.waitUntil(
        async () => String(await ask(server.port, 'ROLE')).includes('connected'),
        20_000,
        'followed again',
      );
      for (const { child, port } of alive()) {
        const wellAgain = async () => {
          const replicas = (await ask(port, 'SENTINEL', 'REPLICAS', NAME)) as string[][];
          return replicas.some((flat) => pairs(flat).get('flags') === 'slave');
        };
        await child.waitUntil(wellAgain, 20_000, 'aware of the replica');
      }
    },
    async failover() {
      await ask(first().port, 'SENTINEL', 'FAILOVER', NAME);
    },
    async killSentinel(index) {
      await started[index]?.child.killHard();
    },
    stop,
  };
}

/** @param lines of its configuration, which it rewrites as it learns */
export async function startSentinel(
  folder: TemporaryFolder,
  lines: readonly string[],
): Promise<Child> {
  const path = join(folder.path, `${randomUUID()}.conf`);
  await writeFile(path, [`bind ${HOST}`, `dir ${folder.path}`, ...lines].join('\n'));
  const program = redisProgram('server');
  const name = `${basename(program)} --sentinel`;
  return await startChild({ name, ...serverCommand(program, [path, '--sentinel']) });
}

/** A flat reply of names and values. */
function pairs(flat: readonly string[]): Map<string, string> {
  const all = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) all.set(flat[at] ?? '', flat[at + 1] ?? '');
  return all;
}
