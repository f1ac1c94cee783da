import { LUA_CLOCK, LUA_HISTORY, type Script } from '../store/script';

/**
 * Admits deliveries: who may work on a task, decided by its state alone.
 *
 * KEYS: the task hash of each delivery, all of one hash tag.
 * ARGV: lease ms, remember ms, most crashes, grace ms, owner prefix; then seven for each key: delivery's message id ('' for none),
 *   seen before (0 or 1), fingerprint, arrival, id of the dead letter it replays (''), place in a group (''), sent (ms). Owner prefix and arrival name what holds the
 *   lease, so that a call whose answer was lost can be made again.
 * Answer: for each key a list, its first word the verdict; tries are three: attempt, throttles, age ms:
 *   admitted fence crashes tries (crashes 0 when its lease did not run out just now) | busy ms | duplicate state | said fence word said tries | unsent next delay_ms tries |
 *   wait_over fence tries | crash_loop fence crashes tries | conflict state fingerprint | unburied dead_id reason failure
 *
 * Fields of a task: state, fence, owner, until (end of the lease, ms), id (message id of the delivery that holds it), was (of the one
 * that held it before, when another took it over), fp, attempts (failed runs), throttles, crashes (leases that ran out), first (ms),
 * word, said (what belongs to the word, JSON), spoke (fence of the run whose word put it off or gave it up), released; of one that was put off from, next, due, published, envelope (of a parked
 * one, until its copy or letter is out); of a dead one dead_id, from, reason, failure, published; group (place in one), delegate (the group
 * whose join ends for it), result (what its Complete brought). For people alone: sent, began (of the last run, when it was not the first),
 * history (what was put off, JSON objects and commas), fanned (groups, by commas), ended, why (of a dead one).
 */
export const admitScript: Script = {
  name: 'swarmAdmit',
  each: true,
  lua: `
${LUA_CLOCK}
${LUA_HISTORY}
local lease, remember, most, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now, lease_end, first_fence, kept = int(now_ms), int(now_ms + lease), int(now_us), int(remember + lease)

-- Most tasks are new: half the cost of the way below (measured).
local function begin(key, id, fp, owner, group, sent)
  redis.call('HSET', key, 'state', 'live', 'fence', first_fence, 'owner', owner, 'until', lease_end, 'id', id, 'fp', fp,
    'attempts', '0', 'throttles', '0', 'crashes', '0', 'first', now)
  if sent ~= '' then redis.call('HSET', key, 'sent', sent) end
  if group ~= '' then redis.call('HSET', key, 'group', group) end
  redis.call('PEXPIRE', key, kept)
  return {'admitted', first_fence, '0', '1', '0', '0'}
end

local function admit(key, id, seen, fp, owner, replays, group, sent)
  if redis.call('EXISTS', key) == 0 then return begin(key, id, fp, owner, group, sent) end
  local h = redis.call('HMGET', key, 'state', 'fence', 'owner', 'until', 'id', 'fp', 'attempts', 'crashes', 'word', 'released',
    'dead_id', 'from', 'reason', 'failure', 'published', 'next', 'due', 'said', 'throttles', 'first', 'was')
  local state, fence = h[1], h[2]
  -- The delivery that had the task, or was to have it. It may outlive the one that takes it: that one's call may have been under way
  -- for so long that its message is gone from the broker.
  local was = state == 'live' and h[5] or (state == 'retrying' or state == 'waiting') and h[16]
  if was == id then was = h[21] end

  local function take(attempts, throttles, crashes, keep_word)
    local mine = int(math.max((tonumber(fence) or 0) + 1, now_us))
    redis.call('HSET', key, 'state', 'live', 'fence', mine, 'owner', owner, 'until', int(now_ms + lease),
      'id', id, 'fp', fp, 'attempts', attempts, 'throttles', throttles, 'crashes', crashes, 'first', h[20] or now)
    if sent ~= '' then redis.call('HSETNX', key, 'sent', sent) end
    if state then
      redis.call('HDEL', key, 'released', 'dead_id', 'from', 'reason', 'failure', 'published', 'next', 'due', 'envelope', 'ended',
        'was')
      if not keep_word then redis.call('HDEL', key, 'word', 'said') end
    end
    if was then redis.call('HSET', key, 'was', was) end
    if group ~= '' then redis.call('HSET', key, 'group', group) end
    remember_for(key, remember + lease)
    return mine
  end

  if not state then
    return {'admitted', take(0, 0, 0), '0', '1', '0', '0'}
  end
  local attempts, throttles, crashes = tonumber(h[7]) or 0, tonumber(h[19]) or 0, tonumber(h[8]) or 0
  local attempt, throttled, age = int(attempts + 1), int(throttles), int(now_ms - (tonumber(h[20]) or now_ms))
  local other_work = h[6] and h[6] ~= fp
  local function same(known) return (id ~= '' and id == known) or (id == '' and seen) end
  local function again(crashed)
    redis.call('HSET', key, 'began', now)
    return {'admitted', take(attempts, throttles, crashes), crashed, attempt, throttled, age}
  end
  local function take_over(counts)
    if h[9] then
      -- It stands until it is settled: this process may die before.
      return {'said', take(attempts, throttles, crashes, true), h[9], h[18] or '', attempt, throttled, age}
    end
    if counts then
      crashes = crashes + 1
      keep_note(key, 'its process vanished', false)
    end
    if crashes >= most then
      return {'crash_loop', take(attempts, throttles, crashes), int(crashes), attempt, throttled, age}
    end
    return again(counts and int(crashes) or '0')
  end

  if state == 'live' then
    if h[3] == owner then
      redis.call('HSET', key, 'until', int(now_ms + lease))
      if crashes >= most then return {'crash_loop', fence, int(crashes), attempt, throttled, age} end
      return {'admitted', fence, int(crashes), attempt, throttled, age}
    end
    if other_work then return {'conflict', state, h[6]} end
    local left = (tonumber(h[4]) or 0) - now_ms
    if h[9] and (h[9] == 'complete' or left <= 0 or same(h[5])) then
      return {'said', fence, h[9], h[18] or '', attempt, throttled, age}
    end
    if left > 0 then
      if same(h[5]) or (h[21] and same(h[21])) then return {'busy', int(left)} end
      return {'duplicate', state}
    end
    return take_over(not h[10])
  end

  if state == 'retrying' or state == 'waiting' then
    if other_work then return {'conflict', state, h[6]} end
    if id ~= '' and id == h[16] then
      if state == 'retrying' then return again('0') end
      if h[9] then return take_over(false) end
      return {'wait_over', take(attempts, throttles, crashes), attempt, throttled, age}
    end
    local due = tonumber(h[17]) or 0
    if same(h[12]) and h[15] ~= '1' then
      return {'unsent', h[16], int(math.max(0, due - now_ms)), attempt, throttled, age}
    end
    if now_ms > due + grace then return take_over(true) end
    return {'duplicate', state}
  end

  if state == 'dead' then
    -- Its letter itself, moved back by hand: nowhere else does a delivery have that id, and the letter is gone from where it was.
    local moved_back = id ~= '' and id == h[11]
    if other_work or moved_back or (replays ~= '' and replays == h[11]) then
      h[20] = nil
      redis.call('HDEL', key, 'delegate', 'group', 'history', 'fanned', 'sent', 'why', 'result', 'began')
      return {'admitted', take(0, 0, 0), '0', '1', '0', '0'}
    end
    if h[15] ~= '1' and same(h[12]) then return {'unburied', h[11], h[13], h[14]} end
    return {'duplicate', state}
  end

  if other_work and state ~= 'canceled' then return {'conflict', state, h[6]} end
  return {'duplicate', state}
end

local answers = {}
for i, key in ipairs(KEYS) do
  local at = 5 + (i - 1) * 7
  answers[i] = admit(key, ARGV[at + 1], ARGV[at + 2] == '1', ARGV[at + 3], ARGV[5] .. ARGV[at + 4], ARGV[at + 5], ARGV[at + 6],
    ARGV[at + 7])
end
return answers
`,
};
