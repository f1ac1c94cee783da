import { LUA_BUDGET_COUNTS } from '../store/countScript';
import type { Script } from '../store/script';
import { LUA_ADAPT } from './adapt';
import { LUA_ESTIMATE } from './estimate';
import { LUA_LEDGER } from './ledger';
import { LUA_LINE } from './line';
import { LUA_PACE } from './pace';

/**
 * Reserves parts of one budget for several calls, each all or nothing: every constraint is looked at before anything is charged. The same
 * id asked again is one charge and gets the same answer.
 *
 * Who is told to wait stands in a line, first come first, and before them those whose run has begun. What they need is set aside for
 * them while they come back in time. Waits for a day or for a tenant's share are long, and are not a reason to keep others: no line.
 *
 * KEYS: those of the budget, then for each call what is known of answers of its kind (hash), the budget key again when it is not `learned`.
 * ARGV: for each call eight: id, tenant, begun (0, 1), requests, input, output, learned (0, 1), lease ms.
 * Answer: for each call a list: granted requests input output waited (0, 1) | wait constraint ms ask_again_ms |
 *   oversized constraint limit asked | blocked ms | closed ms | paused | unknown
 */
export const reserveScript: Script = {
  name: 'swarmReserve',
  lua: `
${LUA_LEDGER}
${LUA_ADAPT}
${LUA_ESTIMATE}
${LUA_PACE}
${LUA_LINE}
${LUA_BUDGET_COUNTS}
local METRICS_OF = {requests = {'r'}, input = {'i'}, output = {'o'}, total = {'i', 'o'}}
local NAMES = {'requests', 'input', 'output', 'total'}
local function sum_of(n, metrics)
  local sum = 0
  for _, metric in ipairs(metrics) do sum = sum + n[metric] end
  return sum
end
local function used_by(metrics, span, account)
  local used = 0
  for _, metric in ipairs(metrics) do
    used = used + number_of(metric .. span .. ':' .. account)
    if metric ~= 'r' then used = used + number_of(metric .. 'l:' .. account) end
  end
  return used
end
-- How long until so much has left; what calls under way will free is not known.
local function until_left(metrics, span, account, missing)
  local from, last = 0, now_ms + 1000
  while from < 2048 do
    local page = redis.call('ZRANGE', LEAVES, from, from + 31, 'WITHSCORES')
    for k = 1, #page, 2 do
      local cell = page[k]
      if string.sub(cell, 1, 1) == span and string.match(cell, ':(.*)$') == account then
        last = tonumber(page[k + 1]) + guard
        for _, metric in ipairs(metrics) do missing = missing - number_of(metric .. cell) end
        if missing <= 0 then return last - now_ms end
      end
    end
    if #page < 64 then break end
    from = from + 32
  end
  return math.max(1000, last - now_ms)
end

local function oversized(n)
  for span, it in pairs(SPANS) do
    for _, name in ipairs(NAMES) do
      local limit = limits[it[3]][name]
      local asked = sum_of(n, METRICS_OF[name])
      if limit and asked > limit then return {'oversized', name .. '_' .. it[3], int(limit), int(asked)} end
    end
  end
end

-- What stands in the way of n when those before it have theirs: each {constraint, ms, is it in the way without those before}.
local function obstacles(n, before, tenant)
  local found = {}
  local function look(constraint, limit, used, own, others, ms)
    local missing = used + own + others - limit
    if missing <= 0 then return end
    -- More than what is there to leave: further windows have to pass.
    local rounds = math.ceil(math.max(0, missing - used) / limit)
    found[#found + 1] = {constraint, ms(missing - rounds * limit) + rounds * (SPANS.m[1] + guard), used + own > limit}
  end
  for span, it in pairs(SPANS) do
    for _, name in ipairs(NAMES) do
      local limit, metrics = limits[it[3]][name], METRICS_OF[name]
      if limit then
        local own = sum_of(n, metrics)
        local function wait_in(account) return function(missing) return until_left(metrics, span, account, missing) end end
        look(name .. '_' .. it[3], limit, used_by(metrics, span, ''), own, sum_of(before, metrics), wait_in(''))
        if span == 'm' and tenant ~= '' then
          local used = used_by(metrics, span, tenant)
          if used > 0 then look('tenant_share', limit * limits.tenantShare, used, own, 0, wait_in(tenant)) end
        end
      end
    end
  end
  local function soon() return 250 * (before.calls + 1) end
  if limits.calls then
    look('calls', limits.calls, number_of('cl:'), 1, before.calls, soon)
    local used = number_of('cl:' .. tenant)
    if tenant ~= '' and used > 0 then look('tenant_share', limits.calls * limits.tenantShare, used, 1, 0, soon) end
  end
  local most, most_requests = window(), rate()
  if most then look('adaptive', math.floor(most), number_of('cl:'), 1, before.calls, soon) end
  if most_requests then
    look('adaptive', math.floor(most_requests), accepted(), n.r, before.r, function(missing)
      return until_left({'r'}, 'm', '', missing)
    end)
  end
  local paced_ms = pace_wait(before)
  if paced_ms > 0 then found[#found + 1] = {'pacing', math.ceil(paced_ms), pace_wait({r = 0, i = 0, o = 0}) > 0} end
  return found
end

local function grant(id, n, tenant, lease, waited)
  charge(now_ms, {r = n.r}, tenant)
  local record = {s = 'live', at = now_ms, r = n.r, i = n.i, o = n.o, t = tenant, w = waited}
  hold(record, 1)
  pace(n, 1)
  leave_line(id)
  if waited then served() end
  keep(id, record, now_ms + lease)
  tally('granted')
  tally('reserved:i', n.i)
  tally('reserved:o', n.o)
  return {'granted', int(n.r), int(n.i), int(n.o), waited and '1' or '0'}
end

local function reserve(id, tenant, begun, n, lease)
  local record = load(id)
  if record and record.s ~= 'waiting' then
    return {'granted', int(record.r), int(record.i), int(record.o), record.w and '1' or '0'}
  end
  local never = oversized(n)
  if never then return never end
  if main.paused then return {'paused'} end
  if state('opens') > now_ms then return {'closed', int(state('opens') - now_ms)} end
  if state('blocked') > now_ms then return {'blocked', int(state('blocked') - now_ms)} end
  local place = place_of(id, begun, record)
  local found = obstacles(n, place.before, tenant)
  if #found == 0 then return grant(id, n, tenant, lease, record and true or false) end
  local name, ms, lined, exact = 'line', 1, true, true
  local own_ms = -1
  for _, it in ipairs(found) do
    ms = math.max(ms, it[2])
    if it[3] and it[2] > own_ms then name, own_ms = it[1], it[2] end
    if it[1] ~= 'requests_minute' and it[1] ~= 'pacing' then exact = false end
    if it[1] == 'tenant_share' or string.sub(it[1], -4) == '_day' then lined = false end
  end
  local again = ask_again(ms, place.rank, exact)
  if lined then stand(id, place, n, again) else leave_line(id) end
  if not record then tally('waits:' .. name) end
  return {'wait', name, int(math.ceil(ms)), int(again)}
end

local answers = {}
for k = 1, #ARGV / 8 do
  local at = (k - 1) * 8
  if not limits then
    answers[k] = {'unknown'}
  else
    local n = {r = tonumber(ARGV[at + 4]), i = tonumber(ARGV[at + 5]), o = tonumber(ARGV[at + 6])}
    if ARGV[at + 7] == '1' then n.o = math.min(n.o, usual(KEYS[5 + k]) or n.o) end
    local tenant = limits.tenantShare < 1 and ARGV[at + 2] or ''
    answers[k] = reserve(ARGV[at + 1], tenant, ARGV[at + 3] == '1', n, tonumber(ARGV[at + 8]))
  end
end
write()
keep_counts()
return answers
`,
};
