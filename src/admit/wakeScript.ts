import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Takes a parked task about which something was said, so that it can be settled without its copy, which is out of reach in the delay
 * ladder. Also one that was woken by a process that then vanished: no delivery would do what that one left undone.
 *
 * KEYS: the task hash; the set of parked tasks about which something was said. Both of one hash tag.
 * ARGV: lease ms, owner, task key, 1 when its end was counted in its group (else 0).
 * Answer: a list, its first word the verdict; tries are three: attempt, throttles, age ms:
 *   said envelope fence word said tries | unsent envelope next delay_ms tries | unburied envelope dead_id reason failure |
 *   count group (it ended, which its group may not know) | busy (another process settles it) |
 *   nothing (is left to settle, and the task is out of the set)
 */
export const wakeScript: Script = {
  name: 'swarmWake',
  lua: `
${LUA_CLOCK}
local key = KEYS[1]
local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'said', 'envelope', 'until', 'attempts', 'throttles', 'first', 'published',
  'next', 'due', 'dead_id', 'reason', 'failure', 'group')
local state, word, envelope = h[1], h[3], h[5]
local waits = word and (state == 'waiting' or state == 'live')
local owes = h[10] == '0' and (state == 'retrying' or state == 'dead')
if not envelope or not (waits or owes) then
  local ended = state == 'done' or state == 'dead' or state == 'canceled'
  if ended and h[16] and ARGV[4] ~= '1' then return {'count', h[16]} end
  redis.call('SREM', KEYS[2], ARGV[3])
  return {'nothing'}
end
if state ~= 'waiting' and (tonumber(h[6]) or 0) > now_ms then return {'busy'} end
if state == 'dead' then return {'unburied', envelope, h[13], h[14], h[15]} end
local attempt, throttled = int((tonumber(h[7]) or 0) + 1), int(tonumber(h[8]) or 0)
local age = int(now_ms - (tonumber(h[9]) or now_ms))
if state == 'retrying' then
  return {'unsent', envelope, h[11], int(math.max(0, (tonumber(h[12]) or 0) - now_ms)), attempt, throttled, age}
end
local fence = int(math.max((tonumber(h[2]) or 0) + 1, now_us))
redis.call('HSET', key, 'state', 'live', 'fence', fence, 'owner', ARGV[2], 'until', int(now_ms + tonumber(ARGV[1])))
return {'said', envelope, fence, word, h[4] or '', attempt, throttled, age}
`,
};
