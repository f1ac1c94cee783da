import { MOST_TENANTS } from '../contract/counts';
import type { Script } from './script';
import type { Store } from './store';

/**
 * Adds counts of tasks that were gathered by a process.
 *
 * KEYS: the hash of the counts. ARGV: when the task was sent that began last (ms; `unknown`: it does not say; '' for none began); then two
 * for each count: name, how many more. Answer: 1.
 */
export const countScript: Script = {
  name: 'swarmCount',
  lua: `
if ARGV[1] == 'unknown' then redis.call('HDEL', KEYS[1], 'last_sent')
elseif ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'last_sent', ARGV[1]) end
for at = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
return 1
`,
};

/**
 * For scripts of a budget: counts what they do in a hash beside it, so that counting is no call of its own. `tally(name, n)` adds,
 * `tenant_name(tenant)` bounds how many tenants are told apart, and `keep_counts()` writes all at the end.
 *
 * It writes into a hash that is there (`openCounts`), and makes none: while a slot of a Cluster moves, one that a script made where the
 * slot goes would keep the one that comes from being moved (seen: BUSYKEY). What cannot be written is lost: it must not stop a call.
 */
export const LUA_BUDGET_COUNTS = `
local COUNTS, counted = KEYS[1] .. ':counts', {}
local function tally(name, n) counted[name] = (counted[name] or 0) + (n or 1) end
local function keep_counts()
  if redis.pcall('EXISTS', COUNTS) ~= 1 then return end
  for name, n in pairs(counted) do
    if n ~= 0 then redis.pcall('HINCRBY', COUNTS, name, string.format('%.0f', n)) end
  end
end
local function tenant_name(tenant)
  local known = redis.pcall('HGET', COUNTS, 'tenant:' .. tenant .. ':calls')
  if type(known) == 'string' or counted['tenant:' .. tenant .. ':calls'] then return tenant end
  local others = redis.pcall('HGET', COUNTS, 'tenants')
  if (tonumber(type(others) == 'string' and others) or 0) + (counted.tenants or 0) >= ${MOST_TENANTS} then return '(others)' end
  tally('tenants')
  return tenant
end
`;

/** Makes the hash that scripts of a budget count in, if it is not there. */
export async function openCounts(store: Pick<Store, 'ask'>, key: string): Promise<void> {
  await store.ask((client) => client.hsetnx(key, 'since', Date.now()));
}
