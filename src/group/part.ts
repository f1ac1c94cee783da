import { InputError } from '../contract/errors';
import { readMembership, type Membership } from '../contract/group';
import type { TaskName } from '../contract/verdicts';
import { LUA_CLOCK, type Script } from '../store/script';
import type { Store } from '../store/store';

/** A task that fans out, named by the delivery of its run. */
export interface Parent extends TaskName {
  readonly fence: number;
}

/** What a fan-out needs to know of its task. */
export interface Part {
  /** ms since 1970: since when the task is tried. A task that comes again under the same key is another one. */
  readonly since: string;
  /** Its own place in a group. */
  readonly place: Membership | undefined;
  /** The group whose join ends for it. */
  readonly delegate: string | undefined;
}

/**
 * Looks whether a run still owns its task, and keeps it for a lease.
 *
 * KEYS: the task hash. ARGV: fence, lease ms.
 * Answer: 1 or 0, the state or a word that stands; for 1 also since when it is tried (ms since 1970), its place in a group ('' for none),
 *   the group that it fanned out already, when it has a place ('' for none).
 */
const partScript: Script = {
  name: 'swarmPart',
  lua: `
${LUA_CLOCK}
local h = redis.call('HMGET', KEYS[1], 'state', 'fence', 'first', 'group', 'until', 'word', 'delegate')
if (h[1] ~= 'live' and h[1] ~= 'waiting') or h[2] ~= ARGV[1] or h[6] then return {'0', h[6] or h[1] or ''} end
if h[1] == 'live' then
  redis.call('HSET', KEYS[1], 'until', int(math.max(tonumber(h[5]) or 0, now_ms + tonumber(ARGV[2]))))
end
return {'1', h[1], h[3] or '', h[4] or '', h[7] or ''}
`,
};

/**
 * Writes down what a task fanned out, and when it has a place in a group that the join of the new one ends for it there; its run does not.
 *
 * KEYS: the task hash. ARGV: fence, the delegate ('' for none), group ('' for none).
 * Answer: 1, or 0 when the run was given up.
 */
const delegateScript: Script = {
  name: 'swarmDelegate',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'fence', 'fanned')
if (h[1] ~= 'live' and h[1] ~= 'waiting') or h[2] ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'delegate', ARGV[2]) end
local fanned = h[3] or ''
if ARGV[3] ~= '' and #fanned < 4000 and not string.find(',' .. fanned .. ',', ',' .. ARGV[3] .. ',', 1, true) then
  redis.call('HSET', KEYS[1], 'fanned', fanned == '' and ARGV[3] or fanned .. ',' .. ARGV[3])
end
return 1
`,
};

/** How long a fan-out keeps its task, ms: the default lease. */
const KEEP_MS = 30_000;

/** @throws InputError when the run was given up: another may fan out in its place */
export async function partOf(store: Store, parent: Parent): Promise<Part> {
  const key = store.keys.task(parent.scope, parent.key);
  const [owns, state, since = '', place, delegated] = (await store.run(
    partScript,
    [key],
    [String(parent.fence), KEEP_MS],
  )) as string[];
  if (owns !== '1') throw givenUp(parent, state);
  return { since, place: readMembership(place), delegate: delegated || undefined };
}

/**
 * @param to what ends for it in its own group; '' for itself
 * @param fanned the group that it fanned out
 * @throws InputError when the run was given up
 */
export async function delegate(
  store: Store,
  parent: Parent,
  to: string,
  fanned = '',
): Promise<void> {
  const key = store.keys.task(parent.scope, parent.key);
  const done = await store.run(delegateScript, [key], [String(parent.fence), to, fanned]);
  if (done !== 1) throw givenUp(parent, '');
}

function givenUp({ key }: Parent, state: string | undefined): InputError {
  const now = state ? ` (${state})` : '';
  return new InputError(
    'Delivery',
    `does not own task "${key}" any more${now}: nothing was sent`,
    'Fan out before Complete, and within the run limit. Should the run have been given up, the next one fans out.',
  );
}
