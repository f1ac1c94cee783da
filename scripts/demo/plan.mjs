import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasProgram, PROGRAMS } from '../setup/places.mjs';
import { programsNotice } from '../setup/programs.mjs';

const run = promisify(execFile);

const KINDS = {
  rabbitmq: {
    variable: 'RABBITMQ_URL',
    schemes: ['amqp:', 'amqps:'],
    image: 'rabbitmq:4',
    size: '110 MB',
  },
  redis: {
    variable: 'REDIS_URL',
    schemes: ['redis:', 'rediss:'],
    image: 'redis:8',
    size: '50 MB',
  },
};

/** A daemon that hangs is as good as none. */
async function docker(env, ...args) {
  if (!hasProgram('docker', env)) return false;
  return await run('docker', args, { env, timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

function given({ variable, schemes }, env) {
  const url = env[variable];
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (schemes.includes(protocol)) return { kind: 'url', url };
  throw new Error(`${variable} must be a URL that begins with ${schemes.join('// or ')}//`);
}

/**
 * Where each server comes from: the URL given, else Docker when a daemon answers, else programs on
 * this machine. Programs named by their own variable are wanted, so they go before Docker.
 */
export async function planServers(env = process.env) {
  const plan = {};
  let daemon;
  for (const [name, kind] of Object.entries(KINDS)) {
    if (env[kind.variable]) {
      plan[name] = given(kind, env);
    } else if (env[PROGRAMS[name].variable]) {
      plan[name] = { kind: 'local' };
    } else {
      daemon ??= await docker(env, 'version', '--format', '{{.Server.Version}}');
      if (!daemon) plan[name] = { kind: 'local' };
      else {
        const missing = !(await docker(env, 'image', 'inspect', kind.image));
        plan[name] = { kind: 'docker', image: kind.image, missing };
      }
    }
  }
  return plan;
}

/** What of the plan must be downloaded first, in lines for a person. */
export function serverNotices(plan) {
  const names = Object.keys(plan);
  const images = names
    .filter((name) => plan[name].kind === 'docker' && plan[name].missing)
    .map((name) => `Docker image ${plan[name].image}: about ${KINDS[name].size}`);
  const local = programsNotice(names.filter((name) => plan[name].kind === 'local'));
  return local ? [...images, local] : images;
}
