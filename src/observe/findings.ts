import type { MonitorSettings, Trouble } from '../contract/monitor';
import { budgetFindings, missingBudget } from './budgetFindings';
import { alarmOf, type AlarmParts, type Before, type Finding } from './finding';
import type { QueueSight, Sight, Source } from './look';
import { queueFindings } from './queueFindings';

/** Every state that is watched, as one look shows it. Pure. */
export function findingsOf(sight: Sight, settings: MonitorSettings, before: Before): Finding[] {
  const all = [
    ...serverFindings(sight),
    ...wantedQueues(sight, settings).flatMap((queue) =>
      queueFindings(queue, { sight, settings, before }),
    ),
    ...sight.budgets
      .filter(({ name }) => isWanted(settings.budgets, name))
      .flatMap((budget) => budgetFindings(budget, settings)),
    ...settings.budgets
      .filter((name) => !sight.budgets.some((one) => one.name === name))
      .map((name) => missingBudget(name, sight.sources.redis.ok)),
  ];
  return all.filter(({ trouble }) => settings.watch.includes(trouble));
}

/** Whether a state that stands is still watched. */
export function isWatched({ trouble, name }: AlarmParts, settings: MonitorSettings): boolean {
  if (!settings.watch.includes(trouble)) return false;
  const names = trouble.startsWith('budget_') ? settings.budgets : settings.queues;
  return trouble.endsWith('_away') || isWanted(names, name);
}

const isWanted = (names: readonly string[], name: string) =>
  names.length === 0 || names.includes(name);

function serverFindings({ sources: { redis, rabbitmq } }: Sight): Finding[] {
  return [serverFinding('redis', 'Redis', redis), serverFinding('rabbitmq', 'RabbitMQ', rabbitmq)];
}

function serverFinding(name: 'redis' | 'rabbitmq', label: string, source: Source): Finding {
  const trouble: Trouble = `${name}_away`;
  return {
    ...{ trouble, of: 'server', name, vhost: null, alarm: alarmOf(trouble, name) },
    seen: source.ok ? 'well' : 'trouble',
    text: source.ok ? `${label} answers.` : `${label} cannot be used: ${source.why}`,
    remedy: 'Tasks wait meanwhile, and none is lost. See that the server runs and can be reached.',
  };
}

/** Those of the sight, and those that are named and nobody knows: with nothing known of them. */
function wantedQueues(sight: Sight, { queues }: MonitorSettings): QueueSight[] {
  const found = sight.queues.filter(({ queue }) => isWanted(queues, queue));
  const { redis, rabbitmq } = sight.sources;
  const there = redis.ok && rabbitmq.ok ? false : undefined;
  const missing = queues.filter((name) => !found.some(({ queue }) => queue === name));
  return [...found, ...missing.map((queue) => ({ ...NOTHING_KNOWN, queue, vhost: '', there }))];
}

const NOTHING_KNOWN = {
  ready: undefined,
  consumers: undefined,
  inFlight: undefined,
  deadQueue: '',
  deadLetters: undefined,
  budget: undefined,
  oldest: undefined,
  counts: {},
};
