import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Says Complete about a task. The first one wins whoever brings it, also from a run that was given up; only work with another
 * fingerprint is left alone.
 *
 * KEYS: the task hash. ARGV: remember ms, channel of words, task key, first digits of the fingerprint.
 * Answer: recorded | already | other (the task was corrected since; nothing changed).
 */
export const completeScript: Script = {
  name: 'swarmComplete',
  lua: `
${LUA_CLOCK}
local h = redis.call('HMGET', KEYS[1], 'state', 'word', 'fp')
local state = h[1]
if h[3] and string.sub(h[3], 1, #ARGV[4]) ~= ARGV[4] then return 'other' end
if state == 'done' or (state == 'live' and h[2] == 'complete') then return 'already' end
if state == 'live' then
  redis.call('HSET', KEYS[1], 'word', 'complete')
  redis.call('PUBLISH', ARGV[2], 'complete ' .. ARGV[3])
  return 'recorded'
end
redis.call('HSET', KEYS[1], 'state', 'done', 'ended', int(now_ms))
remember_for(KEYS[1], ARGV[1])
return 'recorded'
`,
};
