import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Gives a task up: the intent to dead-letter it, with the letter's id and context, before anything is published. A crash after
 * this repeats the publish under the same id.
 *
 * KEYS: the task hash. ARGV: fence, dead letter id, reason, failure context, message id of the delivery, fingerprint, remember ms,
 *   the word that this settles ('' for the end of a run).
 * Answer: dead | done (a success was recorded meanwhile) | canceled | said (another word stands) | overtaken (the lease is not the last
 *   any more, or the key belongs to other work by now).
 */
export const buryScript: Script = {
  name: 'swarmBury',
  lua: `
${LUA_CLOCK}
local key = KEYS[1]
local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'dead_id', 'fp', 'envelope')
local state = h[1]
if h[5] and h[5] ~= ARGV[6] then return 'overtaken' end
if state == 'dead' and h[4] == ARGV[2] then return 'dead' end
if state == 'done' or state == 'canceled' then return state end
if state and (state ~= 'live' or h[2] ~= ARGV[1]) then return 'overtaken' end
if h[3] and h[3] ~= 'complete' and h[3] ~= ARGV[8] then return 'said' end
redis.call('HDEL', key, 'owner', 'word', 'said', 'released')
-- Of a task that was woken the envelope stays until its letter is out: no delivery would bring it back.
if not h[6] or h[3] == 'complete' then redis.call('HDEL', key, 'until', 'envelope') end
remember_for(key, ARGV[7])
if h[3] == 'complete' then
  redis.call('HSET', key, 'state', 'done', 'ended', int(now_ms))
  return 'done'
end
redis.call('HSET', key, 'state', 'dead', 'fence', ARGV[1], 'dead_id', ARGV[2], 'reason', ARGV[3], 'failure', ARGV[4],
  'from', ARGV[5], 'fp', ARGV[6], 'published', 0, 'ended', int(now_ms))
local told, failure = pcall(cjson.decode, ARGV[4])
if told and type(failure) == 'table' and failure.message then redis.call('HSET', key, 'why', failure.message) end
if ARGV[8] ~= '' then redis.call('HSET', key, 'spoke', ARGV[1]) end
return 'dead'
`,
};

/**
 * Marks the dead letter of a task as published; its context is kept by the letter alone from then on.
 *
 * KEYS: the task hash. ARGV: dead letter id. Answer: 1, or 0 when the task has moved on.
 */
export const buriedScript: Script = {
  name: 'swarmBuried',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'dead_id')
if h[1] ~= 'dead' or h[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'published', 1)
redis.call('HDEL', KEYS[1], 'failure', 'until', 'envelope')
return 1
`,
};
