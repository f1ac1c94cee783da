import { LUA_CLOCK, type Script } from '../store/script';
import { LUA_CLOSE } from './closing';

/** Failures that a join tells of. */
const MOST_FAILURES = 20;

/**
 * Counts the end of a child, once, and closes the group when that decides it.
 *
 * KEYS: the five of a group. ARGV: index, end (done | dead | canceled | unpublished), what is told of it (JSON), the same as a failure
 *   ('' of one that succeeded), its result (JSON, '' for none).
 * Answer: two words: counted | already | late | unknown (the group is forgotten); and the scope whose join is due now and not sent yet,
 *   '' for none.
 */
export const endScript: Script = {
  name: 'swarmGroupEnd',
  lua: `
${LUA_CLOCK}
${LUA_CLOSE}
local index, ending, told, failure, result = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local h = redis.call('HMGET', base, 'state', 'scope', 'joined', 'total', 'needs', 'told', 'failures')
local state = h[1]
if not state then return {'unknown', ''} end
local closed = state == 'closed'
local function answer(word)
  local due = closed and h[3] ~= '1'
  return {word, due and h[2] or ''}
end

if redis.call('HSETNX', ends, index, (closed and '!' or '') .. told) == 0 then return answer('already') end
redis.call('HDEL', unsent, index)
if result ~= '' then redis.call('HSET', results, index, result) end
local life = redis.call('PTTL', base)
redis.call('PEXPIRE', ends, life)
redis.call('PEXPIRE', results, life)
if closed then
  redis.call('HINCRBY', base, 'late', 1)
  return answer('late')
end
local of_this = redis.call('HINCRBY', base, ending, 1)
if failure ~= '' and tonumber(h[6]) < ${MOST_FAILURES} then
  redis.call('HSET', base, 'told', int(tonumber(h[6]) + 1), 'failures', h[7] .. (h[7] == '' and '' or ',') .. failure)
end
local open = tonumber(h[4]) - redis.call('HLEN', ends)
local needs = tonumber(h[5])
local by
if needs then
  local done = ending == 'done' and of_this or tonumber(redis.call('HGET', base, 'done'))
  by = done >= needs and 'enough' or (done + open < needs and 'hopeless')
else
  by = open <= 0 and 'all'
end
if by then
  close(by)
  closed = true
end
return answer('counted')
`,
};
