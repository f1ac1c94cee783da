import { readMembership } from '../contract/group';
import type { Json } from '../contract/reference';
import type { TaskName } from '../contract/verdicts';
import { Ends, resultOf } from '../group/ends';
import { getGroup, type GroupReport } from '../group/get';
import { LUA_CLOCK, type Script } from '../store/script';
import type { Store } from '../store/store';
import { storyOf, type StoryEvent } from './story';

/** What is known of a task. Times are ISO. */
export interface TaskReport {
  readonly key: string;
  /** `unknown`: it never arrived, or was forgotten. */
  readonly state: 'unknown' | 'live' | 'retrying' | 'waiting' | 'done' | 'dead' | 'canceled';
  /** Runs that failed and count. */
  readonly attempts: number;
  readonly throttles: number;
  readonly crashes: number;
  readonly first_seen?: string | undefined;
  readonly ended?: string | undefined;
  /** When its copy comes back: for retrying and waiting tasks. */
  readonly due?: string | undefined;
  readonly lease_until?: string | undefined;
  /** A word that the trigger has not settled yet. */
  readonly word?: string | undefined;
  /** Why it was dead-lettered. */
  readonly reason?: string | undefined;
  /** The same in words. */
  readonly message?: string | undefined;
  /** The group it is a child of. */
  readonly group?: string | undefined;
  /** What its Complete brought. */
  readonly result?: Json | undefined;
  /** What happened to it, the first first. */
  readonly story: readonly StoryEvent[];
}

/** How long a cancel is remembered, ms. */
const REMEMBER_MS = 24 * 3_600_000;

/**
 * Cancels a task, whatever it is about to do; only an end that stands already stays.
 *
 * KEYS: the task hash; the set of parked tasks about which something was said. ARGV: remember ms, channel of words, task key. Answer: two words: canceled, or
 * the state that stays: done | dead | already; and its place in a group (else '').
 */
const cancelScript: Script = {
  name: 'swarmCancel',
  lua: `
${LUA_CLOCK}
local h = redis.call('HMGET', KEYS[1], 'state', 'word', 'group')
local state, group = h[1], h[3] or ''
if state == 'canceled' then return {'already', group} end
if state == 'done' or state == 'dead' then return {state, ''} end
if state == 'live' and h[2] == 'complete' then return {'done', ''} end
redis.call('HSET', KEYS[1], 'state', 'canceled', 'ended', int(now_ms))
-- Should this process die before it tells the group.
if state == 'waiting' and h[3] then redis.call('SADD', KEYS[2], ARGV[3]) end
redis.call('HDEL', KEYS[1], 'owner', 'until', 'word', 'said', 'released', 'envelope')
remember_for(KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2], cjson.encode({'cancel', ARGV[3], '0', ''}))
return {'canceled', group}
`,
};

export interface Canceled {
  /** This call canceled it. */
  readonly canceled: boolean;
  /** What stays: the task ended before. */
  readonly state: 'canceled' | 'done' | 'dead';
}

/**
 * Cancels a task: a delivery of it is let go without a run, also one that comes later. A run that is under way is not interrupted, but
 * its end no longer matters unless it is a success.
 */
export async function cancelTask(store: Store, { scope, key }: TaskName): Promise<Canceled> {
  const { keys } = store;
  const [answer, place] = (await store.run(
    cancelScript,
    [keys.task(scope, key), keys.spoken(scope)],
    [REMEMBER_MS, keys.words(scope), key],
  )) as ['canceled' | 'already' | 'done' | 'dead', string];
  const child = readMembership(place);
  if (child) await new Ends(store, { limitMs: 0 }).countTask(child, { scope, key });
  if (answer === 'canceled' || answer === 'already') {
    return { canceled: answer === 'canceled', state: 'canceled' };
  }
  return { canceled: false, state: answer };
}

export async function getTask(store: Store, { scope, key }: TaskName): Promise<TaskReport> {
  const found = await store.ask((client) => client.hgetall(store.keys.task(scope, key)));
  return {
    key,
    state: (found.state ?? 'unknown') as TaskReport['state'],
    attempts: Number(found.attempts ?? 0),
    throttles: Number(found.throttles ?? 0),
    crashes: Number(found.crashes ?? 0),
    first_seen: time(found.first),
    ended: time(found.ended),
    due: time(found.due),
    lease_until: time(found.until),
    word: found.word,
    reason: found.reason,
    message: found.why,
    group: readMembership(found.group)?.group,
    result: resultOf(found.result),
    story: storyOf(found, await groupsOf(store, found.fanned)),
  };
}

async function groupsOf(store: Store, fanned = ''): Promise<GroupReport[]> {
  const groups = fanned.split(',').filter(Boolean);
  return await Promise.all(groups.map((group) => getGroup(store, group)));
}

function time(ms: string | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(Number(ms)).toISOString();
}
