import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Admits deliveries: who may work on a task, decided by its state alone.
 *
 * KEYS: the task hash of each delivery, all of one hash tag.
 * ARGV: lease ms, remember ms, most crashes, owner prefix; then four for each key: delivery's message id ('' for none),
 *   redelivered (0 or 1), fingerprint, arrival number. Owner prefix and arrival number name the arrival, so that a call whose
 *   answer was lost can be made again.
 * Answer: for each key a list, its first word the verdict:
 *   admitted fence attempt crashes | busy ms | duplicate state | completed fence | crash_loop fence crashes |
 *   conflict state fingerprint | unburied dead_id reason failure
 *
 * Fields of a task: state, fence, owner, until (end of the lease, ms), id (message id of the delivery that holds it), fp, attempts
 * (failed runs), crashes (leases that ran out), first (ms), word, released; and of a dead one dead_id, from, reason, failure, published.
 */
export const admitScript: Script = {
  name: 'swarmAdmit',
  lua: `
${LUA_CLOCK}
local lease, remember, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function take(key, last, id, fp, owner, attempts, crashes)
  local fence = int(math.max((tonumber(last) or 0) + 1, now_us))
  redis.call('HSET', key, 'state', 'live', 'fence', fence, 'owner', owner, 'until', int(now_ms + lease),
    'id', id, 'fp', fp, 'attempts', attempts, 'crashes', crashes)
  redis.call('HSETNX', key, 'first', int(now_ms))
  redis.call('HDEL', key, 'word', 'released', 'dead_id', 'from', 'reason', 'failure', 'published', 'ended')
  redis.call('PEXPIRE', key, int(remember + lease))
  return fence
end

local function admit(key, id, redelivered, fp, owner)
  local h = redis.call('HMGET', key, 'state', 'fence', 'owner', 'until', 'id', 'fp', 'attempts', 'crashes', 'word', 'released',
    'dead_id', 'from', 'reason', 'failure', 'published')
  local state, fence = h[1], h[2]
  if not state then
    return {'admitted', take(key, fence, id, fp, owner, 0, 0), '1', '0'}
  end
  local attempts, crashes = tonumber(h[7]) or 0, tonumber(h[8]) or 0
  local other_work = h[6] and h[6] ~= fp
  local function same(known) return (id ~= '' and id == known) or (id == '' and redelivered) end

  if state == 'live' then
    if h[3] == owner then
      redis.call('HSET', key, 'until', int(now_ms + lease))
      if crashes >= most then return {'crash_loop', fence, int(crashes)} end
      return {'admitted', fence, int(attempts + 1), int(crashes)}
    end
    if other_work then return {'conflict', state, h[6]} end
    if h[9] == 'complete' then return {'completed', fence} end
    local left = (tonumber(h[4]) or 0) - now_ms
    if left > 0 then
      if same(h[5]) then return {'busy', int(left)} end
      return {'duplicate', state}
    end
    if not h[10] then crashes = crashes + 1 end
    local mine = take(key, fence, id, fp, owner, attempts, crashes)
    if crashes >= most then return {'crash_loop', mine, int(crashes)} end
    return {'admitted', mine, int(attempts + 1), int(crashes)}
  end

  if state == 'dead' then
    if other_work then return {'admitted', take(key, fence, id, fp, owner, 0, 0), '1', '0'} end
    if h[15] ~= '1' and same(h[12]) then return {'unburied', h[11], h[13], h[14]} end
    return {'duplicate', state}
  end

  if other_work and state ~= 'canceled' then return {'conflict', state, h[6]} end
  return {'duplicate', state}
end

local answers = {}
for i, key in ipairs(KEYS) do
  local at = 4 + (i - 1) * 4
  answers[i] = admit(key, ARGV[at + 1], ARGV[at + 2] == '1', ARGV[at + 3], ARGV[4] .. ARGV[at + 4])
end
return answers
`,
};
