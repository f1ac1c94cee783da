import type { KnownScope } from '../../word/scopes';
import { Findings, spell, type Finding } from './finding';

export type Environment = Readonly<Record<string, string | undefined>>;

const KEEP = ['N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED', 'N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED'];
const SHUTDOWN = 'N8N_GRACEFUL_SHUTDOWN_TIMEOUT';
/** What a trigger takes for its runs before n8n ends, and what n8n gives all of them by default, s. */
const DRAIN_SECONDS = 20;
const USUAL_SHUTDOWN_SECONDS = 30;
const USUAL_SLOTS = 10;

/**
 * What n8n is started with: variables of its container or a file of them. Where none is there, nothing is known.
 *
 * @param source how the person calls it
 * @param workers their number, when it is known
 */
export function hostFindings(
  env: Environment,
  source: string,
  scopes: readonly KnownScope[],
  workers: number | undefined,
): Finding[] {
  const found = new Findings(source);
  if (!Object.keys(env).some((name) => name.startsWith('N8N_') || name === 'EXECUTIONS_MODE')) {
    found.add('unknown', 'n8n_settings', 'No variable of n8n is set here.', {
      remedy:
        'Run it where n8n runs (docker exec n8n npx n8n-nodes-agent-swarm doctor ...), or give the file of its variables in --n8n-env.',
    });
    return found.all;
  }
  const queueMode = env.EXECUTIONS_MODE === 'queue';
  if (queueMode) kept(env, found);
  shutdown(env, found);
  executionTimeout(env, scopes, found);
  if (queueMode) slots(env, scopes, workers, found);
  return found.all;
}

function kept(env: Environment, found: Findings): void {
  const missing = KEEP.filter((name) => !(Number(env[name]) > 0));
  if (missing.length === 0) {
    found.add('ok', 'n8n_keep_last', 'Finished jobs of queue mode are kept for a look afterwards.');
    return;
  }
  found.add(
    'problem',
    'n8n_keep_last',
    `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not above 0: when Redis loses the event of a run's end, its trigger never hears of it, and the slot stays taken until the run limit.`,
    { remedy: `Set ${missing.map((name) => `${name}=500`).join(' and ')} for main and workers.` },
  );
}

function shutdown(env: Environment, found: Findings): void {
  const seconds = Number(env[SHUTDOWN] ?? USUAL_SHUTDOWN_SECONDS);
  if (seconds >= DRAIN_SECONDS + 5) {
    found.add('ok', 'n8n_shutdown', `n8n waits ${seconds} s before it ends.`);
    return;
  }
  found.add(
    'warning',
    'n8n_shutdown',
    `${SHUTDOWN} is ${env[SHUTDOWN]}: triggers wait up to ${DRAIN_SECONDS} s for their runs, and n8n ends before them.`,
    { remedy: `Set ${SHUTDOWN}=${USUAL_SHUTDOWN_SECONDS} or more.` },
  );
}

function executionTimeout(env: Environment, scopes: readonly KnownScope[], found: Findings): void {
  const seconds = Number(env.EXECUTIONS_TIMEOUT ?? -1);
  if (!(seconds > 0)) return;
  const cut = scopes.filter(({ consumer }) => consumer && seconds * 1000 < consumer.runLimitMs);
  if (cut.length === 0) return;
  found.add(
    'warning',
    'n8n_execution_timeout',
    `EXECUTIONS_TIMEOUT ends a run after ${spell(seconds * 1000)}, before the run limit of ${cut.map(({ queue }) => queue).join(', ')}. On workers the trigger does not hear of it before the run limit.`,
    { remedy: 'Set the Run Limit of the trigger to less than EXECUTIONS_TIMEOUT.' },
  );
}

function slots(
  env: Environment,
  scopes: readonly KnownScope[],
  workers: number | undefined,
  found: Findings,
): void {
  const limit = Number(env.N8N_CONCURRENCY_PRODUCTION_LIMIT ?? -1);
  const each = limit > 0 ? limit : USUAL_SLOTS;
  const wanted = scopes.reduce((sum, { consumer }) => sum + (consumer?.prefetch ?? 0), 0);
  const said = `The triggers take up to ${wanted} tasks at once (the sum of Prefetch)`;
  if (workers === undefined) {
    found.add('unknown', 'prefetch', `${said}; a worker runs ${each} at once.`, {
      remedy: 'Give the number of workers in --workers.',
    });
  } else if (wanted <= workers * each) {
    found.add('ok', 'prefetch', `${said}; ${workers} workers run ${workers * each}.`);
  } else {
    found.add(
      'warning',
      'prefetch',
      `${said}, and ${workers} workers run ${workers * each}: the others wait in n8n with their run limit counting.`,
      { remedy: 'Lower Prefetch, or start more workers or with a higher --concurrency.' },
    );
  }
}
