import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { freePort } from './freePort';
import { rabbitMqBin } from './programs';
import { consoleScript } from './rabbitMqConsole';
import type { RabbitMqNode } from './rabbitMqNode';
import { temporaryFolder } from './temporaryFolder';

export interface RabbitMqOptions {
  /** The folder of rabbitmq-server, to test another version. */
  bin?: string;
  /** The management plugin costs about two seconds of start-up. */
  management?: boolean;
  /** More lines for rabbitmq.conf. */
  config?: string;
  /** Settings of the application `rabbit` that rabbitmq.conf does not know, by name. */
  settings?: Readonly<Record<string, number>>;
  /** Joins the cluster of this node, whose epmd and cookie it shares: it must be stopped before that one. */
  join?: RabbitMqNode;
}

export interface RabbitMqHome {
  readonly node: RabbitMqNode;
  readonly managementPort?: number;
  remove(): Promise<void>;
}

/** A folder with all that a node reads and writes, and the variables that lead it there. */
export async function newRabbitMqHome(options: RabbitMqOptions): Promise<RabbitMqHome> {
  const folder = await temporaryFolder('rabbitmq');
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const port = await freePort();
  const consolePort = await freePort();
  const managementPort = options.management ? await freePort() : undefined;
  const { env: peer } = options.join ?? {};
  const name = `swarm${randomBytes(4).toString('hex')}@localhost`;

  await mkdir(at('home'));
  const cookie = peer ? await readFile(cookieOf(peer)) : randomBytes(10).toString('hex');
  await writeFile(at('home', '.erlang.cookie'), cookie, { mode: 0o400 });
  const plugins = managementPort ? '[rabbitmq_management].' : '[].';
  await writeFile(at('enabled_plugins'), plugins);
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
    'log.file.level = warning',
    ...(managementPort
      ? [`management.tcp.ip = 127.0.0.1`, `management.tcp.port = ${managementPort}`]
      : []),
    ...(options.join ? formation(nodeName(options.join), name) : []),
    options.config ?? '',
    '',
  ];
  await writeFile(at('rabbitmq.conf'), lines.join('\n'));
  await writeFile(at('console.erl'), consoleScript(consolePort));

  const env: Record<string, string> = {
    PATH: process.env.PATH ?? ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    HOME: at('home'),
    ERL_EPMD_PORT: peer?.ERL_EPMD_PORT ?? String(await freePort()),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: name,
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_CTL_DIST_PORT_MIN: '0',
    RABBITMQ_CTL_DIST_PORT_MAX: '0',
    RABBITMQ_CTL_ERL_ARGS: '+sbwt none +S 1:1',
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: at('none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    // The figures of quorum queues are published once a tick, 5 s by default: too rare to assert on.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
      // Schedulers that spin while they wait take the processor from everybody else here.
      '+sbwt none +sbwtdcpu none +sbwtdio none',
      `-eval file:eval("${at('console.erl')}")`,
      '-kernel inet_dist_use_interface {127,0,0,1}',
      ...Object.entries({ quorum_tick_interval: 250, ...options.settings }).map(
        ([name, value]) => `-rabbit ${name} ${value}`,
      ),
    ].join(' '),
    // Makes the script become the server instead of keeping a shell before it: our signals reach it.
    detached: 'true',
  };
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const node: RabbitMqNode = { url, port, consolePort, bin: options.bin ?? rabbitMqBin(), env };
  return { node, managementPort, remove: folder.remove };
}

/** At its first start a node joins one of these that runs already. */
const formation = (...names: readonly string[]) => [
  'cluster_formation.peer_discovery_backend = classic_config',
  ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
];

const cookieOf = ({ HOME = '' }: RabbitMqNode['env']) => join(HOME, '.erlang.cookie');

export const nodeName = ({ env }: RabbitMqNode): string => env.RABBITMQ_NODENAME ?? '';
