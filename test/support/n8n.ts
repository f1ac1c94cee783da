import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { signInToN8n, type N8nApi } from './n8nApi';
import { prepareN8nProcess, type N8nProcess } from './n8nProcess';
import { startOwning, type Owned } from './owned';
import { startPostgres, type Postgres } from './postgres';
import { startRedis, type RedisServer } from './redis';
import { temporaryFolder } from './temporaryFolder';

export interface N8nOptions {
  /** `single`: one main with SQLite. `queue`: a main and workers with PostgreSQL and Bull on Redis. */
  mode: 'single' | 'queue';
  /** How many workers stand beside the main in queue mode; 1 by default. */
  workers?: number;
  /** How many processes beside it take webhooks in queue mode; none by default. */
  webhooks?: number;
  /** The pack: a folder with package.json, dist and installed dependencies. Left out, n8n starts without it. */
  packDist?: string | undefined;
  /** The pack of the workers, when it is another version. */
  workerPack?: string | undefined;
  /** Where n8n keeps its data; a temporary folder by default, removed at stop. */
  userFolder?: string;
  /** More environment, for every process. */
  env?: Readonly<Record<string, string>>;
  /** For Bull; one of its own by default. */
  redis?: Pick<RedisServer, 'host' | 'port'>;
  /** For n8n's database in queue mode; one of its own by default. */
  postgres?: Omit<Postgres, 'stop'>;
}

export interface N8nHost {
  readonly url: string;
  readonly api: N8nApi;
  /** Where `main`, `worker0`, `webhook0`, ... listens. */
  urlOf(name: string): string;
  /** Where it keeps its data; the pack lies below it, in `.n8n/nodes/node_modules`. */
  folderOf(name: string): string;
  pid(name: string): number;
  /** SIGKILL. Comes back when it is dead. */
  kill(name: string): Promise<void>;
  /** SIGTERM and the end of its own shutdown, as a deployment does it. */
  stopProcess(name: string): Promise<void>;
  /** Starts a process that was killed or stopped, or stops it first: same port, same data. */
  restart(name: string): Promise<void>;
  restartMain(): Promise<void>;
  /** The last lines of one process, or of all. */
  logs(name?: string): string;
  /** Waits until this process has written it, since it was started last. */
  logged(name: string, pattern: RegExp, timeoutMs?: number): Promise<string>;
  stop(): Promise<void>;
}

/** A real n8n with the pack in it, signed in as its owner. */
export function startN8n(options: N8nOptions): Promise<N8nHost> {
  return startOwning((owned) => start(options, owned));
}

async function queueEnvironment(options: N8nOptions, { own }: Owned) {
  const [redis, postgres] = await Promise.all([
    options.redis ?? own(startRedis()),
    options.postgres ?? own(startPostgres()),
  ]);
  return {
    EXECUTIONS_MODE: 'queue',
    QUEUE_BULL_REDIS_HOST: redis.host,
    QUEUE_BULL_REDIS_PORT: String(redis.port),
    DB_TYPE: 'postgresdb',
    DB_POSTGRESDB_HOST: postgres.host,
    DB_POSTGRESDB_PORT: String(postgres.port),
    DB_POSTGRESDB_USER: postgres.user,
    DB_POSTGRESDB_PASSWORD: postgres.password,
    DB_POSTGRESDB_DATABASE: postgres.database,
    N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
  };
}

async function start(options: N8nOptions, owned: Owned): Promise<N8nHost> {
  let { userFolder } = options;
  if (!userFolder) {
    const folder = await temporaryFolder('n8n');
    owned.onStop(() => folder.remove());
    userFolder = folder.path;
  }
  const queue = options.mode === 'queue' ? await queueEnvironment(options, owned) : {};
  const { workers = 1, webhooks = 0 } = options;
  const numbered = (kind: string, count: number) =>
    Array.from({ length: options.mode === 'queue' ? count : 0 }, (_, index) => `${kind}${index}`);
  const names = ['main', ...numbered('worker', workers), ...numbered('webhook', webhooks)];

  const processes = new Map<string, N8nProcess>();
  for (const name of names) {
    // A folder each: processes that share one take each other's crash journal for their own.
    const own = join(userFolder, name);
    await mkdir(own, { recursive: true });
    const env = { ...queue, ...options.env };
    const packDist = (name.startsWith('worker') && options.workerPack) || options.packDist;
    processes.set(name, await prepareN8nProcess({ name, userFolder: own, packDist, env }));
  }
  const named = (name: string) => {
    const found = processes.get(name);
    if (!found) throw new Error(`No n8n process ${name}; there are ${names.join(', ')}`);
    return found;
  };
  const launch = async (name: string) => {
    await named(name).start();
    const { stop } = named(name).child();
    owned.onStop(() => stop());
  };
  // The main first: it brings the database up to date, which the workers wait for in vain.
  await launch('main');
  await Promise.all(names.slice(1).map(launch));

  const urlOf = (name: string) => `http://127.0.0.1:${named(name).port}`;
  const url = urlOf('main');
  const restart = async (name: string) => {
    await named(name).child().stop();
    await launch(name);
  };
  return {
    url,
    api: await signInToN8n(url),
    urlOf,
    folderOf: (name) => named(name).userFolder,
    pid: (name) => named(name).child().pid,
    async kill(name) {
      await named(name).child().killHard();
    },
    async stopProcess(name) {
      await named(name).child().stop(40_000);
    },
    restart,
    restartMain: () => restart('main'),
    logs: (name) =>
      (name ? [name] : names).map((each) => `--- ${each}\n${named(each).child().log()}`).join('\n'),
    logged: (name, pattern, timeoutMs = 60_000) =>
      named(name).child().waitForLine(pattern, timeoutMs),
    stop: () => owned.stop(),
  };
}
