import { InputError } from '../contract/errors';
import { LUA_CLOCK, type Script } from '../store/script';
import type { Store } from '../store/store';
import type { LiveToken } from './token';

/** Longest lease that a node may ask for, ms: the longest run limit. */
export const LONGEST_LEASE_MS = 24 * 3_600_000;
/** What a pack node that a run passes renews by, ms: the default lease. */
const PASSING_MS = 30_000;

/**
 * Lengthens a lease, never shortens it.
 *
 * KEYS: the task hash. ARGV: fence, ms from now. Answer: end of the lease in ms since 1970, or 0 when the fence is not the live one.
 */
const extendScript: Script = {
  name: 'swarmExtend',
  lua: `
${LUA_CLOCK}
local h = redis.call('HMGET', KEYS[1], 'state', 'fence', 'until')
if h[1] ~= 'live' or h[2] ~= ARGV[1] then return '0' end
local ends = int(math.max(tonumber(h[3]) or 0, now_ms + tonumber(ARGV[2])))
redis.call('HSET', KEYS[1], 'until', ends)
remember_for(KEYS[1], 2 * tonumber(ARGV[2]))
return ends
`,
};

/**
 * Keeps a task with its run for at least so long, even if the trigger's process dies meanwhile. The run limit still holds.
 *
 * @param ms 1 to 86,400,000
 * @returns the end of the lease
 * @throws InputError when ms is out of range, or the run was given up
 */
export async function extendLease(store: Store, token: LiveToken, ms: number): Promise<Date> {
  if (!(ms >= 1 && ms <= LONGEST_LEASE_MS)) {
    throw new InputError('For', 'is not between 1 ms and 24 hours', 'Give a time in that range.');
  }
  const ends = await extend(store, token, ms);
  if (ends > 0) return new Date(ends);
  throw new InputError(
    'Delivery',
    `does not own task "${token.key}" any more`,
    'The task was settled or taken over: what this run still does may be done twice.',
  );
}

/** A pack node of the run is at work: whoever finds its delivery again waits a little longer. Silent when the run was given up. */
export async function renewInPassing(store: Store, token: LiveToken): Promise<void> {
  await extend(store, token, PASSING_MS);
}

async function extend(store: Store, token: LiveToken, ms: number): Promise<number> {
  const key = store.keys.task(token.scope, token.key);
  return Number(await store.run(extendScript, [key], [String(token.fence), Math.round(ms)]));
}
