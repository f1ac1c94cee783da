import { LUA_CLOCK, LUA_HISTORY, type Script } from '../store/script';

/**
 * Puts a task off: the intent to publish its copy, with the copy's id and due time, before anything is published. A crash after
 * this repeats the publish under the same id.
 *
 * KEYS: the task hash.
 * ARGV: fence, state (retrying | waiting), message id of the delivery, id of the copy, delay ms, failed runs, throttles, fingerprint,
 *   remember ms, entry of the history (JSON), envelope ('' for none), the word that this settles ('' for the end of a run).
 * Answer: put_off | done (a success was recorded meanwhile) | canceled | said (another word stands) | overtaken (the lease is not the last
 *   any more, or the key belongs to other work by now).
 */
export const putOffScript: Script = {
  name: 'swarmPutOff',
  lua: `
${LUA_CLOCK}
${LUA_HISTORY}
local key, to, next = KEYS[1], ARGV[2], ARGV[4]
local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'next', 'fp', 'envelope')
local state = h[1]
if h[5] and h[5] ~= ARGV[8] then return 'overtaken' end
if state == to and h[4] == next then return 'put_off' end
if state == 'done' or state == 'canceled' then return state end
if state and (state ~= 'live' or h[2] ~= ARGV[1]) then return 'overtaken' end
if h[3] and h[3] ~= 'complete' and h[3] ~= ARGV[12] then return 'said' end
local delay, remember = tonumber(ARGV[5]), tonumber(ARGV[9])
redis.call('HDEL', key, 'owner', 'word', 'said', 'released')
-- Of a task that was woken the envelope stays until its copy is out: no delivery would bring it back.
if not h[6] or h[3] == 'complete' then redis.call('HDEL', key, 'until', 'envelope') end
if h[3] == 'complete' then
  redis.call('HSET', key, 'state', 'done', 'ended', int(now_ms))
  remember_for(key, remember)
  return 'done'
end
redis.call('HSET', key, 'state', to, 'fence', ARGV[1], 'from', ARGV[3], 'next', next, 'due', int(now_ms + delay), 'published', 0,
  'attempts', ARGV[6], 'throttles', ARGV[7], 'fp', ARGV[8])
redis.call('HSETNX', key, 'first', int(now_ms))
if ARGV[12] ~= '' then redis.call('HSET', key, 'spoke', ARGV[1]) end
keep_entry(key, ARGV[10])
if ARGV[11] ~= '' then redis.call('HSET', key, 'envelope', ARGV[11]) end
remember_for(key, remember + delay)
return 'put_off'
`,
};

/**
 * Marks the copy of a task as published.
 *
 * KEYS: the task hash. ARGV: id of the copy. Answer: 1, or 0 when the task has moved on.
 */
export const sentScript: Script = {
  name: 'swarmSent',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'next')
if (h[1] ~= 'retrying' and h[1] ~= 'waiting') or h[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'published', 1)
-- Of a parked task the envelope is what a word after the wait is settled with.
if h[1] == 'retrying' then redis.call('HDEL', KEYS[1], 'until', 'envelope') end
return 1
`,
};
