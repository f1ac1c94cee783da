import type { MonitorSettings, Trouble } from '../contract/monitor';
import { above, alarmOf, type Before, type Finding, type Seen } from './finding';
import type { QueueSight, Sight } from './look';

interface Around {
  readonly sight: Sight;
  readonly settings: MonitorSettings;
  readonly before: Before;
}

type Found = Omit<Finding, 'trouble' | 'of' | 'name' | 'vhost' | 'alarm'>;

/** Every state of a queue. */
export function queueFindings(queue: QueueSight, around: Around): Finding[] {
  const looks: Partial<Record<Trouble, Found>> = {
    depth: depth(queue, around),
    age: age(queue, around),
    no_consumers: consumers(queue, around),
    dead_letters: deadLetters(queue, around),
    stalled: stalled(queue, around),
  };
  return Object.entries(looks).map(([name, found]): Finding => {
    const trouble = name as Trouble;
    const isGone = queue.there === false && trouble !== 'no_consumers';
    return {
      ...{ trouble, of: 'queue', name: queue.queue, vhost: queue.vhost || null },
      alarm: alarmOf(trouble, queue.queue),
      ...found,
      ...(isGone && { seen: 'well', text: `Queue "${queue.queue}" is no longer there.` }),
    };
  });
}

const MORE = 'Add workers, raise Prefetch or the limits of the budget, or send fewer tasks.';

function depth({ queue, ready }: QueueSight, { settings }: Around): Found {
  return {
    seen: above(ready, settings.depth, settings.endBelow),
    ...{ value: ready, limit: settings.depth, remedy: MORE },
    text: `${ready ?? 0} tasks wait in queue "${queue}"; the limit is ${settings.depth}.`,
  };
}

function age({ queue, oldest }: QueueSight, { settings: { ageMs, endBelow } }: Around): Found {
  const limit = ageMs / 1000;
  return {
    seen: above(oldest, limit, endBelow),
    ...{ value: oldest, limit, remedy: MORE },
    text: `What waits in queue "${queue}" is up to ${Math.round(oldest ?? 0)} s old; the limit is ${limit} s.`,
  };
}

/** A queue that is named must have a consumer; of others some are out of use, and only tasks that wait tell them apart. */
function consumers(
  { queue, ready = 0, consumers: count, there }: QueueSight,
  { settings: { queues } }: Around,
): Found {
  const isNamed = queues.includes(queue);
  const found = {
    ...{ value: count, limit: 1 },
    remedy: 'See that its workflow is published and n8n runs. agent-swarm doctor looks further.',
  };
  if (count === undefined) {
    const seen: Seen = there !== false ? 'unknown' : isNamed ? 'trouble' : 'well';
    const text = `Queue "${queue}" is not there, or no Agent Swarm Trigger has consumed it with this Redis.`;
    return { ...found, seen, text };
  }
  return {
    ...found,
    seen: count === 0 && (isNamed || ready > 0) ? 'trouble' : 'well',
    text: `Queue "${queue}" has ${count} ${count === 1 ? 'consumer' : 'consumers'}, and ${ready} tasks wait in it.`,
  };
}

/**
 * Of the looks before: tasks that gave up as the triggers count them, the most letters seen, since when there were fewer (ms since 1970; 0: there
 * were not), and when one came last.
 */
type Arrivals = [counted: number, most: number, fewerSince: number, came: number];

/**
 * Arrivals, not how many there are: a letter that nobody mends for a week must not hide the next one. They are counted by the triggers. What
 * RabbitMQ gave up itself shows by more letters than were seen in the last while; fewer are no sign, since those that somebody looks at are
 * out of the queue for a moment.
 */
function deadLetters(seen: QueueSight, { sight, settings, before }: Around): Found {
  const { queue, deadQueue, deadLetters: level, counts } = seen;
  const text = `${level ?? 0} dead letters wait for a person in queue "${deadQueue}".`;
  const remedy = `Read them with Dead Letter: Get Many or agent-swarm dead-letters list ${queue}, mend the cause, and replay them.`;
  if (level === undefined) return { seen: 'unknown', text, remedy };
  const now = sight.at.getTime();
  const note = before.notes.get(alarmOf('dead_letters', queue)) ?? '[0,0,0,0]';
  const [was, most, fewerSince, last] = JSON.parse(note) as Arrivals;
  const counted = Object.entries(counts)
    .filter(([name]) => name.startsWith('dead:'))
    .reduce((sum, [, count]) => sum + count, 0);
  const isShared = sight.queues.filter((one) => one.deadQueue === deadQueue).length > 1;
  const came = counted > was || (level > most && !isShared) ? now : last;
  const since = level < most ? fewerSince || now : 0;
  const isBrief = since > 0 && now - since < settings.quietMs;
  const next: Arrivals = [counted, isBrief ? most : level, isBrief ? since : 0, came];
  return {
    seen: level > 0 && now - came <= settings.quietMs ? 'trouble' : 'well',
    ...{ value: level, limit: 0, text, remedy, beginMs: 0, note: JSON.stringify(next) },
  };
}

/** Without a look before it is not known. What a budget holds back is told as a state of the budget. */
function stalled(seen: QueueSight, { sight, settings: { stalledMs }, before }: Around): Found {
  const { queue, vhost, ready, consumers: count, counts } = seen;
  const found = {
    ...{ value: ready, limit: 0, beginMs: stalledMs },
    text: `${ready ?? 0} tasks wait in queue "${queue}", which has ${count ?? 0} consumers.`,
    remedy:
      'They take nothing: runs may fill every slot (see the executions of n8n), or the process hangs. agent-swarm doctor compares Prefetch with the slots of the workers.',
  };
  if (ready === 0 || count === 0) return { ...found, seen: 'well' };
  const earlier = before.sight?.queues.find((one) => one.queue === queue && one.vhost === vhost);
  if (ready === undefined || count === undefined || !earlier || !sight.sources.redis.ok) {
    return { ...found, seen: 'unknown' };
  }
  if (signs(counts) !== signs(earlier.counts)) return { ...found, seen: 'well' };
  return { ...found, seen: heldBack(seen, sight) ? 'unknown' : 'trouble' };
}

/** By the budget of its trigger; or by one on which calls wait, which may be those of its runs. */
function heldBack({ budget }: QueueSight, { budgets }: Sight): boolean {
  return budgets.some(
    ({ name, state }) =>
      state && (state.paused || state.blockedMs > 0) && (name === budget || state.waiting > 0),
  );
}

/** Changes whenever something becomes of a task. */
const signs = (counts: QueueSight['counts']): string => JSON.stringify(counts);
