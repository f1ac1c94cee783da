import { LUA_CLOCK, type Script } from '../store/script';
import { LUA_CLOSE } from './closing';

/**
 * Says when a group is to be looked at next.
 *
 * KEYS: the set of a scope's joins. ARGV: group, ms from now, 1 to leave an earlier word alone (else 0), life ms, channel on which to tell
 *   it ('' for none). Answer: 1.
 */
export const lookScript: Script = {
  name: 'swarmJoinLook',
  lua: `
${LUA_CLOCK}
local at = int(now_ms + tonumber(ARGV[2]))
if ARGV[3] == '1' then redis.call('ZADD', KEYS[1], 'NX', at, ARGV[1]) else redis.call('ZADD', KEYS[1], at, ARGV[1]) end
remember_for(KEYS[1], ARGV[4])
if ARGV[5] ~= '' then redis.call('PUBLISH', ARGV[5], ARGV[1]) end
return 1
`,
};

/**
 * Takes groups that are to be looked at now; nobody else gets them for a while, and somebody does should their taker die.
 *
 * KEYS: the set of a scope's joins. ARGV: most of them, ms.
 * Answer: ms until the next of the others is to be looked at ('' for none); list of their ids.
 */
export const takeScript: Script = {
  name: 'swarmJoinTake',
  lua: `
${LUA_CLOCK}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', int(now_ms), 'LIMIT', 0, ARGV[1])
for _, group in ipairs(found) do redis.call('ZADD', KEYS[1], int(now_ms + tonumber(ARGV[2])), group) end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {first[2] and int(math.max(0, tonumber(first[2]) - now_ms)) or '', found}
`,
};

/**
 * The join of a group is in its queue. Nothing for a group that was forgotten meanwhile.
 *
 * KEYS: the five of a group. Answer: 1 or 0.
 */
export const joinedScript: Script = {
  name: 'swarmGroupJoined',
  lua: `
${LUA_CLOCK}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'joined', '1', 'sent', int(now_ms))
local remember = redis.call('HGET', KEYS[1], 'remember')
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, remember) end
return 1
`,
};

/**
 * Looks at a group, and closes it at its deadline.
 *
 * KEYS: the five of a group.
 * Answer: gone (forgotten) | joined | wait ms (its deadline is to come) | closed plan join closed (ms since 1970).
 */
export const closeScript: Script = {
  name: 'swarmGroupClose',
  lua: `
${LUA_CLOCK}
${LUA_CLOSE}
local h = redis.call('HMGET', base, 'state', 'due', 'joined', 'plan', 'join', 'closed')
if not h[1] then return {'gone'} end
if h[1] == 'closed' then
  if h[3] == '1' then return {'joined'} end
  return {'closed', h[4], h[5], h[6]}
end
local left = tonumber(h[2]) - now_ms
if left > 0 then return {'wait', int(left)} end
return {'closed', h[4], close('deadline'), int(now_ms)}
`,
};
