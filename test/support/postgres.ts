import { execFile, execFileSync } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './childProcess';
import { freePort } from './freePort';
import { postgresBin } from './programs';
import { temporaryFolder } from './temporaryFolder';

const run = promisify(execFile);

export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** SIGKILL, then a start over the same data. */
  killAndStart(): Promise<void>;
  stop(): Promise<void>;
}

const number = (option: '-u' | '-g', user: string) =>
  Number(execFileSync('id', [option, user], { encoding: 'utf8' }));

/** PostgreSQL refuses to run as root; its packages bring a system user for it. */
const identity = () =>
  process.getuid?.() === 0 ? { uid: number('-u', 'postgres'), gid: number('-g', 'postgres') } : {};

export interface PostgresOptions {
  /** What it confirmed is there after a crash of the server alone. */
  survivesKill?: boolean;
  /** Takes TLS with it, beside connections without. */
  certificate?: { readonly cert: string; readonly key: string };
}

/** A PostgreSQL of its own on 127.0.0.1, fit for tests: nothing in it survives a crash of the machine. */
export async function startPostgres({
  survivesKill = false,
  certificate,
}: PostgresOptions = {}): Promise<Postgres> {
  const bin = postgresBin();
  const [host, user, password] = ['127.0.0.1', 'swarm', 'swarm'];
  const folder = await temporaryFolder('postgres');
  const port = await freePort();
  const data = join(folder.path, 'data');
  const passwordFile = join(folder.path, 'password');
  const who = identity();
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: folder.path };
  const at = { ...who, env, cwd: folder.path };
  try {
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, password);
    if (who.uid !== undefined) await chown(data, who.uid, who.gid);
    const first = ['-D', data, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    await run(join(bin, 'initdb'), [...first, '-E', 'UTF8', '--locale=C', '--no-sync'], at);
    const settings = {
      listen_addresses: host,
      // Without a socket file there is no folder that both users must be able to write.
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '64MB',
      fsync: 'off',
      synchronous_commit: survivesKill ? 'on' : 'off',
      full_page_writes: 'off',
      ssl: certificate ? 'on' : 'off',
    };
    // By these names in this folder, of its own user, PostgreSQL looks for them.
    for (const [name, text] of [
      ['server.crt', certificate?.cert],
      ['server.key', certificate?.key],
    ] as const) {
      if (text === undefined) continue;
      await writeFile(join(data, name), text, { mode: 0o600 });
      if (who.uid !== undefined) await chown(join(data, name), who.uid, who.gid);
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const start = async () => {
      const started = await startChild({
        name: 'PostgreSQL',
        command: join(bin, 'postgres'),
        args: ['-D', data, '-p', String(port), ...args],
        ...at,
      });
      await started.waitForLine(/database system is ready to accept connections/, 30_000);
      return started;
    };
    let server = await start();
    return {
      host,
      port,
      user,
      password,
      database: 'postgres',
      async killAndStart() {
        await server.killHard();
        server = await start();
      },
      async stop() {
        // SIGTERM waits for clients to leave; after five seconds they have had their chance.
        await server.stop(5_000);
        await folder.remove();
      },
    };
  } catch (cause) {
    await folder.remove();
    throw cause;
  }
}
