import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Variable =
  | 'AGENT_SWARM_NODE'
  | 'AGENT_SWARM_N8N'
  | 'AGENT_SWARM_RABBITMQ_BIN'
  | 'AGENT_SWARM_REDIS_BIN'
  | 'AGENT_SWARM_POSTGRES_BIN'
  | 'AGENT_SWARM_SWIFT_LIB'
  | 'AGENT_SWARM_CHROMIUM_BIN'
  | 'AGENT_SWARM_COMPOSE_BIN'
  | 'AGENT_SWARM_PROMETHEUS_BIN';

const WHERE = join(__dirname, '..', '..', 'scripts', 'setup', 'where.mjs');
let installed: Partial<Record<Variable, string>> | undefined;

/** As npm test hands it on; for who starts Jest by hand, what the set-up scripts find. */
function place(variable: Variable, what: string): string {
  const named = process.env[variable];
  if (named) return named;
  installed ??= JSON.parse(execFileSync(process.execPath, [WHERE], { encoding: 'utf8' }));
  const found = installed?.[variable];
  if (found) return found;
  throw new Error(
    `${what} was not found: npm run test:e2e installs it where it can, or name it in ${variable}.`,
  );
}

/** The folder of the real rabbitmq-server script: Debian's wrapper on the PATH changes the user. */
export const rabbitMqBin = (): string => place('AGENT_SWARM_RABBITMQ_BIN', 'RabbitMQ');

/**
 * A folder that the brokers and stores of tests take for `/`, such as another Debian; their programs are then named as seen from
 * inside. The temporary folder is the same inside and outside: whoever sets this sees to that.
 */
const serversRoot = (): string | undefined => process.env.AGENT_SWARM_SERVERS_ROOT || undefined;

/** A program of a broker or store, as it is to be started. */
export function serverCommand(
  program: string,
  args: readonly string[] = [],
): { command: string; args: string[] } {
  const root = serversRoot();
  return root
    ? { command: 'chroot', args: [root, program, ...args] }
    : { command: program, args: [...args] };
}

/** redis-server or redis-cli, or those of Valkey. */
export function redisProgram(what: 'server' | 'cli'): string {
  const folder = place('AGENT_SWARM_REDIS_BIN', 'Redis or Valkey');
  const valkey = join(folder, `valkey-${what}`);
  return existsSync(join(serversRoot() ?? '/', valkey)) ? valkey : join(folder, `redis-${what}`);
}

/** The folder of initdb and postgres. */
export const postgresBin = (): string => place('AGENT_SWARM_POSTGRES_BIN', 'PostgreSQL');

/** The folder of Python packages that has OpenStack Swift. */
export const swiftLib = (): string => place('AGENT_SWARM_SWIFT_LIB', 'OpenStack Swift');

/** The program itself: the first of its names that is there. */
export function chromium(): string {
  const folder = place('AGENT_SWARM_CHROMIUM_BIN', 'Chromium');
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`There is no ${names.join(' or ')} in ${folder}.`);
  return found;
}

export const dockerCompose = (): string =>
  join(place('AGENT_SWARM_COMPOSE_BIN', 'The client of Docker Compose'), 'docker-compose');

/** Checks rules, configurations and pages of metrics. */
export const promtool = (): string =>
  join(place('AGENT_SWARM_PROMETHEUS_BIN', "Prometheus' promtool"), 'promtool');

/** A Node that n8n accepts: 24 or newer. */
export const node24 = (): string => place('AGENT_SWARM_NODE', 'Node 24');

/** The folder whose node_modules hold n8n. */
export const n8nFolder = (): string => place('AGENT_SWARM_N8N', 'n8n');

export function n8nVersion(): string {
  const manifest = join(n8nFolder(), 'node_modules', 'n8n', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
