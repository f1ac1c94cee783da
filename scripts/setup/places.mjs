import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const newestFirst = (folder) => {
  try {
    return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
};

/** The servers and tools that are not of npm: one of `files` in one of `places` or on the PATH. */
export const PROGRAMS = {
  rabbitmq: {
    variable: 'AGENT_SWARM_RABBITMQ_BIN',
    files: ['rabbitmq-server'],
    // Debian's /usr/sbin/rabbitmq-server is a wrapper that changes the user: the real one goes first.
    places: () => ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', '/usr/local/sbin'],
    apt: 'rabbitmq-server',
    title: 'RabbitMQ 3.10 or newer',
  },
  redis: {
    variable: 'AGENT_SWARM_REDIS_BIN',
    files: ['valkey-server', 'redis-server'],
    places: () => ['/opt/homebrew/bin'],
    apt: 'redis-server',
    title: 'Redis 7 or Valkey',
  },
  postgres: {
    variable: 'AGENT_SWARM_POSTGRES_BIN',
    files: ['initdb'],
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
  swift: {
    variable: 'AGENT_SWARM_SWIFT_LIB',
    // A Python package, run by a program of the tests: the packages of its servers would bring services.
    files: ['swift/proxy/server.py'],
    places: () => ['/usr/lib/python3/dist-packages'],
    apt: 'python3-swift',
    title: 'OpenStack Swift 2.30 or newer, which speaks S3',
  },
  chromium: {
    variable: 'AGENT_SWARM_CHROMIUM_BIN',
    files: ['chromium', 'chromium-browser', 'google-chrome'],
    places: () => [],
    apt: 'chromium',
    title: 'Chromium',
  },
  compose: {
    variable: 'AGENT_SWARM_COMPOSE_BIN',
    files: ['docker-compose'],
    // As a plugin of the docker client it lies beside the others of its kind, and runs by itself all the same.
    places: () => [
      join(homedir(), '.docker/cli-plugins'),
      '/usr/libexec/docker/cli-plugins',
      '/usr/lib/docker/cli-plugins',
      '/usr/local/lib/docker/cli-plugins',
    ],
    apt: 'docker-compose',
    title: 'the client of Docker Compose (no daemon)',
  },
  prometheus: {
    variable: 'AGENT_SWARM_PROMETHEUS_BIN',
    files: ['promtool'],
    places: () => ['/opt/homebrew/bin'],
    apt: 'prometheus',
    title: "Prometheus' promtool",
  },
};

const onPath = (env) => (env.PATH ?? '').split(delimiter).filter(Boolean);

/** The folder of a program's files, or undefined. A folder named by its variable is the only one looked at. */
export function folderOf(program, env = process.env) {
  const named = env[program.variable];
  const places = named ? [named] : [...program.places(), ...onPath(env)];
  return places.find((place) => program.files.some((name) => existsSync(join(place, name))));
}

export const hasProgram = (name, env = process.env) =>
  onPath(env).some((place) => existsSync(join(place, name)));
