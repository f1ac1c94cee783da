import { LUA_CLOCK } from '../store/script';

/**
 * What every script of a budget begins with: its keys, its limits, and the book in which its charges stand.
 *
 * KEYS of every script: the budget (hash: limits, state, pace), the book (hash), leaves (zset: when charges leave), due (zset: leases
 * that end, records to forget), line (zset: who waits, first come first). All of one hash tag.
 *
 * Charges stand in cells of time, 250 ms of a minute and 1 min of a day: `<metric><span><number>:<tenant>`, with metric r (requests),
 * i (input), o (output), p (pushed back), span m or d, tenant '' for all. A cell leaves as a whole, 60 s (24 h) and the guard after its
 * end, so that no charge leaves early. Sums stand beside them (`rm:`), so that an ask reads sums and not cells, however many calls there
 * are. Steady load gets 60 s / (60 s + guard + half a cell): 0.966 of a limit with the default guard, 0.998 without one.
 *
 * Tokens of a call under way are held (`il:`, `ol:`, with `cl:` calls) and become charges when it ends, because that is when a provider
 * counts them. A reservation whose lease ran out becomes a charge of that moment.
 *
 * One record a reservation, `h:<id>`: state, when it was granted, what was reserved, the tenant if tenants are counted.
 */
export const LUA_LEDGER = `
${LUA_CLOCK}
local MAIN, BOOK, LEAVES, DUE, LINE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local SPANS = {m = {60000, 250, 'minute'}, d = {86400000, 60000, 'day'}}
local METRICS = {'r', 'i', 'o', 'p'}
-- The longest lease, a minute, the longest guard.
local KEEP_MS = 720000

local main, limits = {}, nil
do
  local all = redis.call('HGETALL', MAIN)
  for k = 1, #all, 2 do main[all[k]] = all[k + 1] end
  limits = main.limits and cjson.decode(main.limits)
end
local guard = limits and limits.guardMs or 0
local daily = limits and next(limits.day) ~= nil
local function state(field) return tonumber(main[field]) or 0 end
local function set_state(field, value)
  main[field] = value
  redis.call('HSET', MAIN, field, value)
end

local numbers, changed = {}, {}
local function number_of(field)
  local n = numbers[field]
  if not n then
    n = tonumber(redis.call('HGET', BOOK, field)) or 0
    numbers[field] = n
  end
  return n
end
local function add(field, n)
  if n ~= 0 then
    numbers[field] = number_of(field) + n
    changed[field] = true
  end
end
-- Writes what was added; fields that are 0 are not kept, or tenants would pile up.
local function write()
  for field in pairs(changed) do
    if numbers[field] == 0 then redis.call('HDEL', BOOK, field) else redis.call('HSET', BOOK, field, int(numbers[field])) end
  end
  changed = {}
end

local function accounts(tenant) return tenant == '' and {''} or {'', tenant} end
local function cells(at, tenant, act)
  for span, it in pairs(SPANS) do
    if span == 'm' or daily then
      local number = math.floor(at / it[2])
      for _, account in ipairs(accounts(tenant)) do
        act(span .. int(number) .. ':' .. account, span .. ':' .. account, (number + 1) * it[2] + it[1])
      end
    end
  end
end
local function charge(at, amounts, tenant)
  cells(at, tenant, function(cell, sum, leaves)
    local any = false
    for metric, n in pairs(amounts) do
      if n ~= 0 then
        any = true
        add(metric .. cell, n)
        add(metric .. sum, n)
      end
    end
    if any then redis.call('ZADD', LEAVES, int(leaves), cell) end
  end)
end
-- Of a charge that left already nothing can come back.
local function refund(at, amounts, tenant)
  cells(at, tenant, function(cell, sum)
    if redis.call('ZSCORE', LEAVES, cell) then
      for metric, n in pairs(amounts) do
        add(metric .. cell, -n)
        add(metric .. sum, -n)
      end
    end
  end)
end
local function hold(record, sign)
  for _, account in ipairs(accounts(record.t)) do
    add('il:' .. account, sign * record.i)
    add('ol:' .. account, sign * record.o)
    add('cl:' .. account, sign)
  end
end

local function load(id)
  local text = redis.call('HGET', BOOK, 'h:' .. id)
  return text and cjson.decode(text)
end
-- Something is done about it at its due time, at the latest.
local function keep(id, record, due)
  redis.call('HSET', BOOK, 'h:' .. id, cjson.encode(record))
  redis.call('ZADD', DUE, int(due), id)
end
local function forget(id)
  redis.call('HDEL', BOOK, 'h:' .. id)
  redis.call('ZREM', DUE, id)
  redis.call('ZREM', LINE, id)
end
-- So long an id is known after its end, and a charge of now stands.
local function past() return now_ms + SPANS.m[1] + SPANS.m[2] + guard end

-- A part of the book without the rest is worth nothing: whatever is gone might have been charges of this moment.
local function open_book()
  local there, busy = redis.call('EXISTS', BOOK, LEAVES, DUE), state('busy')
  if there ~= 3 then
    if there > 0 or busy > now_ms then
      redis.call('DEL', BOOK, LEAVES, DUE, LINE)
      set_state('opens', int(math.max(state('opens'), past())))
    end
    redis.call('HSET', BOOK, 'x', 1)
    redis.call('ZADD', LEAVES, '+inf', 'x')
    redis.call('ZADD', DUE, '+inf', 'x')
    busy = 0
  end
  local needed = now_ms + KEEP_MS + (daily and SPANS.d[1] or 0)
  if busy < needed then
    set_state('busy', int(needed + 60000))
    for _, key in ipairs({BOOK, LEAVES, DUE}) do redis.call('PEXPIREAT', key, int(needed + 61000)) end
  end
end
local function lapse(id, record, ended)
  hold(record, -1)
  charge(ended, {i = record.i, o = record.o}, record.t)
  record.s, record.ended = 'lapsed', ended
  keep(id, record, past())
end
-- A few hundred at most, so that the script stays short: what is left counts a little longer.
local function collect()
  local over = redis.call('ZRANGEBYSCORE', DUE, '-inf', int(now_ms), 'WITHSCORES', 'LIMIT', 0, 200)
  for k = 1, #over, 2 do
    local id, record = over[k], load(over[k])
    if record and record.s == 'live' then lapse(id, record, tonumber(over[k + 1])) else forget(id) end
  end
  for _, cell in ipairs(redis.call('ZRANGEBYSCORE', LEAVES, '-inf', int(now_ms - guard), 'LIMIT', 0, 500)) do
    local sum = string.sub(cell, 1, 1) .. string.match(cell, ':.*$')
    for _, metric in ipairs(METRICS) do
      local n = number_of(metric .. cell)
      add(metric .. sum, -n)
      add(metric .. cell, -n)
    end
    redis.call('ZREM', LEAVES, cell)
  end
end
if limits then
  open_book()
  collect()
end
`;
