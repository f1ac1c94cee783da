import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

type Variable =
  | 'AGENT_SWARM_NODE'
  | 'AGENT_SWARM_N8N'
  | 'AGENT_SWARM_RABBITMQ_BIN'
  | 'AGENT_SWARM_REDIS_BIN'
  | 'AGENT_SWARM_POSTGRES_BIN';

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

export function redisServer(): string {
  const folder = place('AGENT_SWARM_REDIS_BIN', 'Redis or Valkey');
  const valkey = join(folder, 'valkey-server');
  return existsSync(valkey) ? valkey : join(folder, 'redis-server');
}

/** The folder of initdb and postgres. */
export const postgresBin = (): string => place('AGENT_SWARM_POSTGRES_BIN', 'PostgreSQL');

/** A Node that n8n accepts: 24 or newer. */
export const node24 = (): string => place('AGENT_SWARM_NODE', 'Node 24');

/** The folder whose node_modules hold n8n. */
export const n8nFolder = (): string => place('AGENT_SWARM_N8N', 'n8n');
