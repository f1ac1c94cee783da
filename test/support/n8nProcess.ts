import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startChild, type Child } from './childProcess';
import { freePort } from './freePort';
import { installPack } from './n8nPack';
import { n8nFolder, node24 } from './programs';

export interface N8nProcess {
  readonly name: string;
  readonly port: number;
  readonly userFolder: string;
  child(): Child;
  start(): Promise<void>;
}

export interface N8nProcessSpec {
  /** `main`, or `worker0`, `webhook0` and so on. */
  name: string;
  userFolder: string;
  packDist: string | undefined;
  env: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 120_000;

const n8n = (...path: string[]) => join(n8nFolder(), 'node_modules', 'n8n', ...path);

/** Of no use to a test. n8n refuses to start when it is told of one that it does not have, as older ones do. */
const IDLE_MODULES = ['mcp-registry', 'insights'];
const hasModule = (name: string) => existsSync(n8n('dist', 'modules', name));

/** Not the environment of whoever calls: n8n reads NODE_ENV=test and refuses, and much else besides. */
const base = (userFolder: string): Record<string, string> => ({
  PATH: `${dirname(node24())}:${process.env.PATH ?? ''}`,
  LANG: 'C.UTF-8',
  HOME: userFolder,
  TZ: 'UTC',
  NODE_ENV: 'production',
  N8N_USER_FOLDER: userFolder,
  N8N_LISTEN_ADDRESS: '127.0.0.1',
  N8N_DIAGNOSTICS_ENABLED: 'false',
  N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
  N8N_TEMPLATES_ENABLED: 'false',
  N8N_PERSONALIZATION_ENABLED: 'false',
  N8N_HIRING_BANNER_ENABLED: 'false',
  N8N_SECURE_COOKIE: 'false',
  N8N_DISABLED_MODULES: IDLE_MODULES.filter(hasModule).join(','),
  N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
});

/** Older mains call themselves ready before they know what the editor may ask. */
const QUESTIONS: Record<string, readonly string[]> = {
  main: ['/healthz/readiness', '/rest/settings'],
};

async function isReady(kind: string, port: number): Promise<boolean> {
  const questions = QUESTIONS[kind] ?? ['/healthz/readiness'];
  const answers = await Promise.all(
    questions.map((path) => fetch(`http://127.0.0.1:${port}${path}`)),
  );
  return answers.every(({ ok }) => ok);
}

/** What a process is, by the letters of its name. */
const COMMANDS: Record<string, readonly string[]> = {
  main: ['start'],
  worker: ['worker', '--concurrency=10'],
  webhook: ['webhook'],
};

/** One n8n process with a user folder of its own, and the pack in it. */
export async function prepareN8nProcess(spec: N8nProcessSpec): Promise<N8nProcess> {
  const { name, userFolder, packDist } = spec;
  const kind = name.replace(/\d+$/, '');
  const port = await freePort();
  const ports = {
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    ...(kind === 'worker'
      ? {
          QUEUE_HEALTH_CHECK_ACTIVE: 'true',
          QUEUE_HEALTH_CHECK_PORT: String(port),
          N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
        }
      : { N8N_PORT: String(port), WEBHOOK_URL: `http://127.0.0.1:${port}/` }),
  };
  const env = { ...base(userFolder), ...ports, ...spec.env };
  const args = [join(n8nFolder(), 'node_modules', 'n8n', 'bin', 'n8n'), ...(COMMANDS[kind] ?? [])];
  let child: Child | undefined;
  return {
    name,
    port,
    userFolder,
    child() {
      if (!child) throw new Error(`n8n ${name} was never started`);
      return child;
    },
    async start() {
      if (packDist) await installPack(packDist, userFolder);
      // After a crash n8n does nothing for ten seconds, for the sake of those who restart it in a loop.
      await rm(join(userFolder, '.n8n', 'crash.journal'), { force: true });
      child = await startChild({
        name: `n8n ${name}`,
        command: node24(),
        args,
        env,
        cwd: userFolder,
      });
      await child.waitUntil(() => isReady(kind, port), START_LIMIT_MS, 'ready');
    },
  };
}
