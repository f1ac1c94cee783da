import type { MonitorSettings, Trouble } from '../contract/monitor';
import { above, alarmOf, type Before, type Finding } from './finding';
import type { QueueSight, Sight } from './look';

interface Around {
  readonly sight: Sight;
  readonly settings: MonitorSettings;
  readonly before: Before;
}

/** Every state of a queue. */
export function queueFindings(seen: QueueSight, around: Around): Finding[] {
  const { queue, vhost, ready, oldest } = seen;
  const { depth, ageMs, endBelow } = around.settings;
  const base = (trouble: Trouble) => ({
    ...{ trouble, of: 'queue' as const, name: queue, vhost: vhost || null },
    alarm: alarmOf(trouble, queue),
  });
  const waiting = ready ?? 'an unknown number of';
  return [
    {
      ...base('depth'),
      seen: above(ready, depth, endBelow),
      ...{ value: ready, limit: depth },
      text: `${waiting} tasks wait in queue "${queue}"; the limit is ${depth}.`,
      remedy: 'Add workers, raise Prefetch or the limits of the budget, or send fewer tasks.',
    },
    {
      ...base('age'),
      seen: above(oldest, ageMs / 1000, endBelow),
      ...{ value: oldest, limit: ageMs / 1000 },
      text: `What waits in queue "${queue}" is up to ${Math.round(oldest ?? 0)} s old; the limit is ${ageMs / 1000} s.`,
      remedy: 'Add workers, raise Prefetch or the limits of the budget, or send fewer tasks.',
    },
    { ...base('no_consumers'), ...consumers(seen, around) },
    { ...base('dead_letters'), ...deadLetters(seen, alarmOf('dead_letters', queue), around) },
    { ...base('stalled'), ...stalled(seen, around) },
  ];
}

type Found = Omit<Finding, 'trouble' | 'of' | 'name' | 'vhost' | 'alarm'>;

/** A queue that is named must have a consumer; of others some are out of use, and only tasks that wait tell them apart. */
function consumers(
  { queue, ready, consumers }: QueueSight,
  { sight: { sources }, settings }: Around,
): Found {
  const isNamed = settings.queues.includes(queue);
  const remedy =
    'See that its workflow is published and n8n runs. agent-swarm doctor looks further.';
  const limit = 1;
  if (consumers === undefined) {
    const known = sources.redis.ok && sources.rabbitmq.ok;
    const text = `Queue "${queue}" is not there, or no Agent Swarm Trigger has consumed it with this Redis.`;
    return { seen: !known ? 'unknown' : isNamed ? 'trouble' : 'well', limit, text, remedy };
  }
  const needed = isNamed || (ready ?? 0) > 0;
  return {
    seen: consumers === 0 && needed ? 'trouble' : 'well',
    ...{ value: consumers, limit },
    text: `Queue "${queue}" has ${consumers} consumers, and ${ready ?? 0} tasks wait in it.`,
    remedy,
  };
}

/** The level of the look before, and when it last rose (ms since 1970). */
type Level = [level: number, rose: number];

/** Arrivals, not how many there are: a letter that nobody mends for a week must not hide the next one. */
function deadLetters(
  { queue, deadLetters: level }: QueueSight,
  alarm: string,
  { sight: { at }, settings: { quietMs }, before }: Around,
): Found {
  const remedy = `Read them with Dead Letter: Get Many or agent-swarm dead-letters list ${queue}, mend the cause, and replay them.`;
  const text = `${level ?? 0} dead letters of queue "${queue}" wait for a person.`;
  if (level === undefined) return { seen: 'unknown', text, remedy };
  const note = before.notes.get(alarm);
  const [was, rose] = note === undefined ? [0, 0] : (JSON.parse(note) as Level);
  const now: Level = [level, level > was ? at.getTime() : rose];
  const isFresh = level > 0 && at.getTime() - now[1] <= quietMs;
  return {
    seen: isFresh ? 'trouble' : 'well',
    ...{ value: level, limit: 0 },
    ...{ text, remedy, beginMs: 0, note: JSON.stringify(now) },
  };
}

/** Without a look before it is not known. What a budget holds back is told as a state of the budget. */
function stalled(
  { queue, vhost, ready, consumers, counts }: QueueSight,
  { sight, settings: { stalledMs }, before }: Around,
): Found {
  const found = {
    ...{ value: ready, limit: 0, beginMs: stalledMs },
    text: `${ready ?? 0} tasks wait in queue "${queue}", which has ${consumers ?? 0} consumers.`,
    remedy:
      'They take nothing: runs may fill every slot (see the executions of n8n), or the process hangs. agent-swarm doctor compares Prefetch with the slots of the workers.',
  };
  if (ready === 0 || consumers === 0) return { ...found, seen: 'well' };
  const earlier = before.sight?.queues.find((one) => one.queue === queue && one.vhost === vhost);
  if (ready === undefined || consumers === undefined || !earlier || !sight.sources.redis.ok) {
    return { ...found, seen: 'unknown' };
  }
  if (signs(counts) !== signs(earlier.counts)) return { ...found, seen: 'well' };
  const heldBack = sight.budgets.some(
    ({ state }) => state && (state.paused || state.blockedMs > 0),
  );
  return { ...found, seen: heldBack ? 'unknown' : 'trouble' };
}

/** Changes whenever something becomes of a task. */
const signs = (counts: QueueSight['counts']): string => JSON.stringify(counts);
