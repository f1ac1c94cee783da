import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Records states that began or ended, each once, whoever saw it first, and hands out what is to be told.
 *
 * What is handed out stays in the hash until it is taken out (`tell:<change>:<alarm>`), and is handed out again when that did not happen
 * in time: its process vanished.
 *
 * KEYS: the hash of a monitor. ARGV: its life (ms); until when what is handed out must be taken out (ms from now); how many notes; two for
 * each note (alarm, text); four for each change: began | ended | dropped, alarm, since when (ms), event (JSON).
 * Answer: three lists: alarm and since for each state that stands; alarm and text for each note; field and event for each to be told.
 */
export const alarmScript: Script = {
  name: 'swarmAlarm',
  lua: `
${LUA_CLOCK}
local hash, at = KEYS[1], 4 + 2 * tonumber(ARGV[3])
local due = int(now_ms + tonumber(ARGV[2]))
local tell = {}
local function hand_out(field, event)
  redis.call('HSET', hash, field, due .. ' ' .. event)
  tell[#tell + 1] = field
  tell[#tell + 1] = event
end

for note = 4, at - 1, 2 do redis.call('HSET', hash, 'note:' .. ARGV[note], ARGV[note + 1]) end

local kept = redis.call('HGETALL', hash)
for i = 1, #kept, 2 do
  if string.sub(kept[i], 1, 5) == 'tell:' then
    local until_ms, event = string.match(kept[i + 1], '^(%d+) (.*)$')
    if tonumber(until_ms) <= now_ms then hand_out(kept[i], event) end
  end
end

for i = at, #ARGV, 4 do
  local change, alarm, since, event = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local stands = redis.call('HGET', hash, 'since:' .. alarm)
  if change == 'began' and not stands then
    redis.call('HSET', hash, 'since:' .. alarm, since)
    hand_out('tell:began:' .. alarm, event)
  elseif change == 'ended' and stands then
    redis.call('HDEL', hash, 'since:' .. alarm)
    hand_out('tell:ended:' .. alarm, event)
  elseif change == 'dropped' then
    redis.call('HDEL', hash, 'since:' .. alarm, 'note:' .. alarm)
  end
end

local standing, notes = {}, {}
kept = redis.call('HGETALL', hash)
for i = 1, #kept, 2 do
  local kind, alarm = string.match(kept[i], '^(%a+):(.*)$')
  local list = kind == 'since' and standing or kind == 'note' and notes
  if list then
    list[#list + 1] = alarm
    list[#list + 1] = kept[i + 1]
  end
end
redis.call('PEXPIRE', hash, ARGV[1])
return {standing, notes, tell}
`,
};
