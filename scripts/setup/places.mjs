import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const newestFirst = (folder) => {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
};

/** What is called a server here: one of `programs` in one of `places` or on the PATH. */
export const SERVERS = {
  rabbitmq: {
    variable: 'AGENT_SWARM_RABBITMQ_BIN',
    programs: ['rabbitmq-server'],
    // Debian's /usr/sbin/rabbitmq-server is a wrapper that changes the user: the real one goes first.
    places: () => ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'],
    apt: 'rabbitmq-server',
    title: 'RabbitMQ 3.10 or newer',
  },
  redis: {
    variable: 'AGENT_SWARM_REDIS_BIN',
    programs: ['valkey-server', 'redis-server'],
    places: () => ['/opt/homebrew/bin'],
    apt: 'redis-server',
    title: 'Redis 7 or Valkey',
  },
  postgres: {
    variable: 'AGENT_SWARM_POSTGRES_BIN',
    programs: ['initdb'],
    // Debian keeps initdb and postgres off the PATH; Homebrew keeps each version in a folder.
    places: () => [
      ...newestFirst('/usr/lib/postgresql').map((name) => `/usr/lib/postgresql/${name}/bin`),
      ...newestFirst('/opt/homebrew/opt')
        .filter((name) => name.startsWith('postgresql@'))
        .map((name) => `/opt/homebrew/opt/${name}/bin`),
    ],
    apt: 'postgresql',
    title: 'PostgreSQL 13 or newer',
  },
};

const onPath = (env) => (env.PATH ?? '').split(delimiter).filter(Boolean);

/** The folder of a server's programs, or undefined. A folder named by its variable is the only one looked at. */
export function folderOf(server, env = process.env) {
  const named = env[server.variable];
  const places = named ? [named] : [...server.places(), ...onPath(env)];
  return places.find((place) => server.programs.some((name) => existsSync(join(place, name))));
}

export const hasProgram = (name, env = process.env) =>
  onPath(env).some((place) => existsSync(join(place, name)));
