import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { connect } from 'amqplib';
import { startChild, type Child } from './childProcess';
import { freePort } from './freePort';
import { rabbitMqBin } from './programs';
import { newVhost, rabbitMqCommand, rabbitMqCtl, type RabbitMqNode } from './rabbitMqNode';
import { temporaryFolder } from './temporaryFolder';

export interface RabbitMqOptions {
  /** The folder of rabbitmq-server, to test another version. */
  bin?: string;
  /** A folder to enter by chroot first (a debootstrap of another release); `bin` is then seen from inside. */
  root?: string;
  /** The management plugin costs about two seconds of start-up. */
  management?: boolean;
  /** More lines for rabbitmq.conf. */
  config?: string;
  /** Settings of the application `rabbit` that rabbitmq.conf does not know, by name. */
  settings?: Readonly<Record<string, number>>;
}

export interface RabbitMq {
  readonly node: RabbitMqNode;
  /** amqp://guest:guest@127.0.0.1:port, without a vhost: the default one. */
  readonly url: string;
  readonly port: number;
  readonly managementUrl?: string;
  readonly version: string;
  newVhost(name?: string): Promise<string>;
  ctl(...args: string[]): Promise<string>;
  /** Stops and starts again on the same data and port. */
  restart(): Promise<void>;
  /** A crash: SIGKILL, data kept. `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Its connections stay open, and nothing answers on them; `thaw` goes on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

async function versionOf(url: string): Promise<string> {
  const connection = await connect(url, { timeout: 2000 });
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version;
}

/** A RabbitMQ node of its own: own name, ports, epmd, cookie, data and configuration, on 127.0.0.1 only. */
export async function startRabbitMq(options: RabbitMqOptions = {}): Promise<RabbitMq> {
  const bin = options.bin ?? (options.root ? '/usr/lib/rabbitmq/bin' : rabbitMqBin());
  const folder = await temporaryFolder('rabbitmq', options.root && join(options.root, 'tmp'));
  const inside = (...parts: string[]) =>
    join(folder.path.slice(options.root?.length ?? 0) || '/', ...parts);
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  const managementPort = options.management ? await freePort() : undefined;

  await mkdir(join(folder.path, 'home'));
  await writeFile(
    join(folder.path, 'enabled_plugins'),
    managementPort ? '[rabbitmq_management].' : '[].',
  );
  await writeFile(
    join(folder.path, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      'vm_memory_high_watermark.absolute = 1GB',
      'disk_free_limit.absolute = 50MB',
      'log.file.level = warning',
      ...(managementPort
        ? [`management.tcp.ip = 127.0.0.1`, `management.tcp.port = ${managementPort}`]
        : []),
      options.config ?? '',
      '',
    ].join('\n'),
  );
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    HOME: inside('home'),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `swarm${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_CTL_DIST_PORT_MIN: '0',
    RABBITMQ_CTL_DIST_PORT_MAX: '0',
    RABBITMQ_CTL_ERL_ARGS: '+sbwt none +S 1:1',
    RABBITMQ_MNESIA_BASE: inside('data'),
    RABBITMQ_LOG_BASE: inside('log'),
    RABBITMQ_CONFIG_FILE: inside('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: inside('none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inside('enabled_plugins'),
    // The figures of quorum queues are published once a tick, 5 s by default: too rare to assert on.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
      '-kernel inet_dist_use_interface {127,0,0,1}',
      ...Object.entries({ quorum_tick_interval: 250, ...options.settings }).map(
        ([name, value]) => `-rabbit ${name} ${value}`,
      ),
    ].join(' '),
    // Makes the script become the server instead of keeping a shell before it: our signals reach it.
    detached: 'true',
  };
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const node: RabbitMqNode = { url, port, bin, root: options.root, env };

  const inRoot = (program: string, args: string[]): [string, string[]] =>
    options.root ? ['chroot', [options.root, program, ...args]] : [program, args];
  const [epmdCommand, epmdArgs] = inRoot('epmd', [
    '-port',
    String(epmdPort),
    '-address',
    '127.0.0.1',
  ]);
  const epmd = await startChild({ name: 'epmd', command: epmdCommand, args: epmdArgs, env });

  let version = '';
  let server: Child | undefined;
  const start = async () => {
    const [command, args] = rabbitMqCommand(node, 'rabbitmq-server');
    server = await startChild({ name: 'RabbitMQ', command, args, env });
    const ready = async () => (version = await versionOf(url)) !== '';
    await server.waitUntil(ready, START_LIMIT_MS, 'ready');
  };
  const stop = async () => {
    await server?.stop();
    await epmd.stop();
    await folder.remove();
  };
  await start().catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });

  return {
    node,
    url,
    port,
    managementUrl: managementPort ? `http://127.0.0.1:${managementPort}` : undefined,
    version,
    newVhost: (name) => newVhost(node, name),
    ctl: (...args) => rabbitMqCtl(node, args),
    async restart() {
      await server?.stop();
      await start();
    },
    async kill() {
      await server?.killHard();
    },
    start,
    freeze: () => server && process.kill(server.pid, 'SIGSTOP'),
    thaw: () => server && process.kill(server.pid, 'SIGCONT'),
    stop,
  };
}
