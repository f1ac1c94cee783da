/**
 * How long a group is kept that is not joined yet, ms: nobody may have consumed its queue meanwhile. Once joined it is remembered for as
 * long as its settings say.
 */
export const GROUP_LIFE_MS = 90 * 24 * 3_600_000;

/**
 * `close(by)` for the scripts of a group: its join is due from now on, with the counts as they are now. What comes later is late and
 * changes neither, so that whoever sends the join sends the same. Needs `now_ms`, `int` and the keys of a group.
 */
export const LUA_CLOSE = `
local base, children, unsent, ends, results = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function close(by)
  local h = redis.call('HMGET', base, 'total', 'done', 'dead', 'canceled', 'unpublished', 'failures', 'state')
  local waiting = by == 'deadline' and redis.call('HLEN', unsent) or 0
  -- Of a registration that was cut short nothing was published.
  if h[7] == 'opening' then waiting = tonumber(h[1]) end
  local open = tonumber(h[1]) - redis.call('HLEN', ends) - waiting
  local join = string.format(
    '{"closed_by":"%s","total":%s,"done":%s,"dead":%s,"canceled":%s,"unpublished":%s,"open":%s,"failures":[%s]}',
    by, h[1], h[2], h[3], h[4], int(tonumber(h[5]) + waiting), int(open), h[6])
  redis.call('HSET', base, 'state', 'closed', 'closed', int(now_ms), 'join', join)
  return join
end
`;
