import { LUA_CLOCK, type Script } from '../store/script';
import { GROUP_LIFE_MS } from './closing';

/**
 * Begins to register a group. One that was registered whole stays as it is: the first plan stands. One whose registration was cut short is
 * begun again, by this writer alone.
 *
 * KEYS: the five of a group. ARGV: writer, number of children, plan (JSON, kept as it is), ms to the deadline, remember ms, scope of the
 *   join, successes that are enough ('' for none), whether the rest is stopped then (0 or 1).
 * Answer: opening | open | closed.
 */
export const openScript: Script = {
  name: 'swarmGroupOpen',
  lua: `
${LUA_CLOCK}
local state = redis.call('HGET', KEYS[1], 'state')
if state and state ~= 'opening' then return state end
redis.call('DEL', unpack(KEYS))
local deadline = tonumber(ARGV[4])
local life = int(deadline + ${GROUP_LIFE_MS})
redis.call('HSET', KEYS[1], 'state', 'opening', 'writer', ARGV[1], 'total', ARGV[2], 'plan', ARGV[3], 'due', int(now_ms + deadline),
  'life', life, 'remember', ARGV[5], 'scope', ARGV[6], 'needs', ARGV[7], 'stop', ARGV[8],
  'done', '0', 'dead', '0', 'canceled', '0', 'unpublished', '0', 'late', '0', 'failures', '', 'told', '0')
redis.call('PEXPIRE', KEYS[1], life)
return 'opening'
`,
};

/**
 * Registers some children.
 *
 * KEYS: the five of a group. ARGV: writer; then three for each child: index, what is told of it (JSON), its message (JSON).
 * Answer: opening | lost (somebody else registers the group now, or did).
 */
export const fillScript: Script = {
  name: 'swarmGroupFill',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'writer', 'life')
if h[1] ~= 'opening' or h[2] ~= ARGV[1] then return 'lost' end
for i = 2, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2])
end
redis.call('PEXPIRE', KEYS[2], h[3])
redis.call('PEXPIRE', KEYS[3], h[3])
return 'opening'
`,
};

/**
 * The group is registered whole: from now on its children may be published.
 *
 * KEYS: the five of a group. ARGV: writer. Answer: open | lost.
 */
export const sealScript: Script = {
  name: 'swarmGroupSeal',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'writer', 'total')
if h[1] == 'open' and h[2] == ARGV[1] then return 'open' end
if h[1] ~= 'opening' or h[2] ~= ARGV[1] or redis.call('HLEN', KEYS[2]) ~= tonumber(h[3]) then return 'lost' end
redis.call('HSET', KEYS[1], 'state', 'open')
return 'open'
`,
};
