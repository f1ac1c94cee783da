import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Records states that began or ended, each once, whoever saw it first, and hands out what is to be told.
 *
 * What is handed out stays in the hash until it is taken out (`tell:<since>:<change>:<alarm>`, with until when it must be), and is handed out
 * again when that did not happen: its process vanished. Of one alarm one change is told at a time, the earliest first; those that wait have 0
 * there. It writes at each call: a store that takes no writes is one that cannot be used.
 *
 * KEYS: the hash of a monitor. ARGV: its life (ms); until when what is handed out must be taken out (ms from now); how many notes; two for
 * each note (alarm, text); four for each change: began | ended | dropped | stands (it was seen to begin, should the hash have lost that), alarm,
 * since when (ms), event (JSON).
 * Answer: three lists: alarm and since for each state that stands; alarm and text for each note; field and event for each to be told; and 1
 * when there was no such hash, else 0.
 */
export const alarmScript: Script = {
  name: 'swarmAlarm',
  lua: `
${LUA_CLOCK}
local hash, at = KEYS[1], 4 + 2 * tonumber(ARGV[3])
local lease = tonumber(ARGV[2])
local kept = redis.call('HGETALL', hash)
redis.call('HSET', hash, 'looked', int(now_ms))
for note = 4, at - 1, 2 do redis.call('HSET', hash, 'note:' .. ARGV[note], ARGV[note + 1]) end

local tell, first = {}, {}
local function hand_out(field, event)
  redis.call('HSET', hash, field, int(now_ms + lease) .. ' ' .. event)
  tell[#tell + 1] = field
  tell[#tell + 1] = event
end

for i = 1, #kept, 2 do
  local since, kind, alarm = string.match(kept[i], '^tell:(%d+):(%a+):(.*)$')
  if alarm then
    local order = tonumber(since) + (kind == 'began' and 0 or 0.5)
    if not first[alarm] or order < first[alarm].order then
      first[alarm] = {order = order, field = kept[i], value = kept[i + 1]}
    end
  end
end
for _, each in pairs(first) do
  local due, event = string.match(each.value, '^(%d+) (.*)$')
  if tonumber(due) <= now_ms then hand_out(each.field, event) end
end

local function change(kind, alarm, since, event)
  local field = 'tell:' .. since .. ':' .. kind .. ':' .. alarm
  if first[alarm] then
    redis.call('HSET', hash, field, '0 ' .. event)
  else
    first[alarm] = {}
    hand_out(field, event)
  end
end

for i = at, #ARGV, 4 do
  local kind, alarm, since, event = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local stands = redis.call('HGET', hash, 'since:' .. alarm)
  if kind == 'stands' and not stands then
    redis.call('HSET', hash, 'since:' .. alarm, since)
  elseif kind == 'began' and not stands then
    redis.call('HSET', hash, 'since:' .. alarm, since)
    change(kind, alarm, since, event)
  elseif kind == 'ended' and stands then
    redis.call('HDEL', hash, 'since:' .. alarm)
    change(kind, alarm, stands, event)
  elseif kind == 'dropped' then
    redis.call('HDEL', hash, 'since:' .. alarm, 'note:' .. alarm)
  end
end

local standing, notes = {}, {}
local now = redis.call('HGETALL', hash)
for i = 1, #now, 2 do
  local kind, alarm = string.match(now[i], '^(%a+):(.*)$')
  local list = kind == 'since' and standing or kind == 'note' and notes
  if list then
    list[#list + 1] = alarm
    list[#list + 1] = now[i + 1]
  end
end
redis.call('PEXPIRE', hash, ARGV[1])
return {standing, notes, tell, #kept == 0 and 1 or 0}
`,
};
