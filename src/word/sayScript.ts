import { LUA_CLOCK, LUA_HISTORY, type Script } from '../store/script';

/**
 * Says something about a task. The first Complete wins whoever brings it, also from a run that was given up; every other word needs the
 * live fence, and the first of them stands. Only work with another fingerprint is left alone.
 *
 * KEYS: the task hash; the set of parked tasks about which something was said. Both of one hash tag.
 * ARGV: word, what belongs to it (JSON, ''), fence, first digits of the fingerprint, task key, channel of words, remember ms.
 * Answer: three words: recorded | already | stale (the run was given up) | other (the task was corrected since); the state of the
 *   task, or for `already` and a task that is not settled yet the word that stands; and its place in a group when it is done (else '').
 */
export const sayScript: Script = {
  name: 'swarmSay',
  lua: `
${LUA_CLOCK}
${LUA_HISTORY}
local key, word, said, fence, digits = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'fp', 'group', 'reason')
local state = h[1] or ''
if h[4] and string.sub(h[4], 1, #digits) ~= digits then return {'other', state} end
-- The fence as text: cjson writes numbers with 14 digits, and fences have 16.
local function tell(more)
  redis.call('PUBLISH', ARGV[6], cjson.encode({word, ARGV[5], fence, more}))
end
local function keep_result()
  if said ~= '' then redis.call('HSET', key, 'result', said) end
end

if word == 'complete' then
  if state == 'done' then return {'already', state, h[5] or ''} end
  if state == 'live' then
    if h[3] == 'complete' then return {'already', 'complete'} end
    redis.call('HSET', key, 'word', 'complete')
    redis.call('HDEL', key, 'said')
    keep_result()
    tell('')
    return {'recorded', state}
  end
  keep_result()
  redis.call('HSET', key, 'state', 'done', 'ended', int(now_ms))
  -- Should this process die before it tells the group.
  if state == 'waiting' and h[5] then redis.call('SADD', KEYS[2], ARGV[5]) end
  if state == 'dead' then keep_note(key, 'dead-lettered: ' .. (h[6] or ''), true) end
  redis.call('HDEL', key, 'word', 'said', 'envelope', 'failure', 'reason', 'why')
  remember_for(key, ARGV[7])
  return {'recorded', state, h[5] or ''}
end

if (state ~= 'live' and state ~= 'waiting') or h[2] ~= fence then return {'stale', state} end
if h[3] then return {'already', h[3]} end
redis.call('HSET', key, 'word', word, 'said', said)
if state == 'waiting' then redis.call('SADD', KEYS[2], ARGV[5]) end
tell(said)
return {'recorded', state}
`,
};
