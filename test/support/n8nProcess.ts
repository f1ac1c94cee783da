import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startChild, type Child } from './childProcess';
import { freePort } from './freePort';
import { installPack } from './n8nPack';
import { n8nFolder, node24 } from './programs';

export interface N8nProcess {
  readonly name: string;
  readonly port: number;
  child(): Child;
  start(): Promise<void>;
}

export interface N8nProcessSpec {
  /** `main`, or `worker0` and so on. */
  name: string;
  userFolder: string;
  packDist: string;
  env: Readonly<Record<string, string>>;
}

const START_LIMIT_MS = 120_000;

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
  N8N_DISABLED_MODULES: 'mcp-registry,insights',
  N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
});

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz/readiness`);
  return answer.ok;
}

/** One n8n process, main or worker, with the pack installed in a user folder of its own. */
export async function prepareN8nProcess(spec: N8nProcessSpec): Promise<N8nProcess> {
  const isWorker = spec.name !== 'main';
  const port = await freePort();
  const ports = {
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    ...(isWorker
      ? {
          QUEUE_HEALTH_CHECK_ACTIVE: 'true',
          QUEUE_HEALTH_CHECK_PORT: String(port),
          N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
        }
      : { N8N_PORT: String(port), WEBHOOK_URL: `http://127.0.0.1:${port}/` }),
  };
  const env = { ...base(spec.userFolder), ...ports, ...spec.env };
  const args = [
    join(n8nFolder(), 'node_modules', 'n8n', 'bin', 'n8n'),
    ...(isWorker ? ['worker', '--concurrency=10'] : ['start']),
  ];
  let child: Child | undefined;
  return {
    name: spec.name,
    port,
    child() {
      if (!child) throw new Error(`n8n ${spec.name} was never started`);
      return child;
    },
    async start() {
      await installPack(spec.packDist, spec.userFolder);
      // After a crash n8n does nothing for ten seconds, for the sake of those who restart it in a loop.
      await rm(join(spec.userFolder, '.n8n', 'crash.journal'), { force: true });
      child = await startChild({
        name: `n8n ${spec.name}`,
        command: node24(),
        args,
        env,
        cwd: spec.userFolder,
      });
      await child.waitUntil(() => isReady(port), START_LIMIT_MS, 'ready');
    },
  };
}
