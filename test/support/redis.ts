import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { startChild, type Child } from './childProcess';
import { freePort } from './freePort';
import { redisProgram, serverCommand } from './programs';
import { temporaryFolder } from './temporaryFolder';

export interface RedisOptions {
  /** Writes every command to disk, so that data outlives even a kill. */
  appendOnly?: boolean;
  /** More arguments for the server, as in its configuration: `['--maxmemory', '10mb']`. */
  args?: readonly string[];
}

export interface RedisServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** As the server tells it; of a Valkey its own. */
  version(): Promise<string>;
  /** Stops and starts again on the same port; without `keepData` the store comes back empty. */
  restart(options?: { keepData?: boolean }): Promise<void>;
  /** A crash: SIGKILL. `start` brings it back, with data only when `appendOnly` is on. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis or Valkey of its own on 127.0.0.1. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const host = '127.0.0.1';
  const program = redisProgram('server');
  const folder = await temporaryFolder('redis');
  const port = await freePort();
  const args = ['--bind', host, '--port', String(port), '--dir', folder.path, '--save', ''].concat(
    options.appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [],
    options.args ?? [],
  );
  const url = `redis://${host}:${port}`;

  let server: Child | undefined;
  const start = async () => {
    server = await startChild({ name: basename(program), ...serverCommand(program, args) });
    await server.waitForLine(/Ready to accept connections/, 20_000);
  };
  const send = async (...words: [string, ...string[]]) => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    await client.connect();
    // SHUTDOWN is answered by the end of the connection.
    const answer = await client.call(...words).catch(() => undefined);
    client.disconnect();
    return String(answer);
  };
  await start().catch(async (cause: unknown) => {
    await folder.remove();
    throw cause;
  });

  return {
    url,
    host,
    port,
    version: async () => versionIn(await send('INFO', 'server')),
    start,
    async restart({ keepData = false } = {}) {
      if (keepData) await send('SHUTDOWN', 'SAVE');
      await server?.stop();
      if (!keepData) {
        const files = await readdir(folder.path);
        await Promise.all(files.map((name) => rm(join(folder.path, name), { recursive: true })));
      }
      await start();
    },
    async kill() {
      await server?.killHard();
    },
    async stop() {
      await server?.stop();
      await folder.remove();
    },
  };
}

/** A Valkey says which Redis it is compatible with, too. */
function versionIn(info: string): string {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  const redis = /^redis_version:(\S+)/m.exec(info)?.[1];
  return valkey ? `Valkey ${valkey}` : `Redis ${redis ?? 'of an unknown version'}`;
}
