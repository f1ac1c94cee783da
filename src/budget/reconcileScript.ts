import { LUA_BUDGET_COUNTS } from '../store/countScript';
import type { Script } from '../store/script';
import { LUA_ADAPT } from './adapt';
import { LUA_ESTIMATE } from './estimate';
import { LUA_LEDGER } from './ledger';
import { LUA_PACE } from './pace';

/**
 * Ends reservations of calls that were sent: what they used becomes a charge of this moment, more than was reserved (debt) as well as
 * less. Of a reservation whose lease had run out the charge made then is taken back. Done again it changes nothing.
 *
 * KEYS: those of the budget, then for each call what is known of answers of its kind (hash), the budget key again when nothing is learned.
 * ARGV: for each call eight: id, tenant, reserved input, output, used requests, input, output ('': as reserved), good ('': it did not end
 *   well).
 * Answer: for each call: ended | already | unknown (what was used is charged) | none (there is no such budget)
 */
export const reconcileScript: Script = {
  name: 'swarmReconcile',
  lua: `
${LUA_LEDGER}
${LUA_ADAPT}
${LUA_ESTIMATE}
${LUA_PACE}
${LUA_BUDGET_COUNTS}
-- What nobody told or reported counts as held.
local function reconcile(id, tenant, used, held, whom)
  local record = load(id)
  if record and record.s == 'ended' then return 'already' end
  local reserved
  local known = record and record.s ~= 'waiting'
  if known then
    reserved, tenant = record, record.t
    if record.s == 'live' then hold(record, -1) else refund(record.ended, {i = record.i, o = record.o}, tenant) end
  else
    -- Its request was sent long ago, or the store that lost it is closed: only who tells of one has one charged.
    forget(id)
    reserved = {r = 0, i = 0, o = 0, at = now_ms, t = tenant}
  end
  local reported = record and record.u or {}
  used.r, used.i, used.o = used.r or reported.r or reserved.r, used.i or reported.i or held.i, used.o or reported.o or held.o
  if used.r < reserved.r then refund(reserved.at, {r = reserved.r - used.r}, tenant) end
  charge(now_ms, {r = math.max(0, used.r - reserved.r), i = used.i, o = used.o}, tenant)
  pace({r = used.r - reserved.r, i = used.i - reserved.i, o = used.o - reserved.o}, 1)
  reserved.s = 'ended'
  keep(id, reserved, past())
  tally('calls')
  for _, metric in ipairs({'i', 'o'}) do tally('used:' .. metric, used[metric]) end
  if whom ~= '' then
    local name = tenant_name(whom)
    tally('tenant:' .. name .. ':calls')
    for _, metric in ipairs({'i', 'o'}) do tally('tenant:' .. name .. ':' .. metric, used[metric]) end
  end
  if known then
    for _, metric in ipairs({'i', 'o'}) do
      local over = used[metric] - reserved[metric]
      tally((over < 0 and 'below:' or 'above:') .. metric, math.abs(over))
    end
  end
  return known and 'ended' or 'unknown', reserved.at
end

local answers = {}
for k = 1, #ARGV / 8 do
  local at = (k - 1) * 8
  if not limits then
    answers[k] = 'none'
  else
    local function told(n) return tonumber(ARGV[at + n]) end
    local used = {r = told(5), i = told(6), o = told(7)}
    local tenant = limits.tenantShare < 1 and ARGV[at + 2] or ''
    local began
    answers[k], began = reconcile(ARGV[at + 1], tenant, used, {i = told(3), o = told(4)}, ARGV[at + 2])
    if ARGV[at + 8] == 'good' and answers[k] == 'ended' then
      went_well()
      if began > state('pushed') and main.pushes then
        redis.call('HDEL', MAIN, 'pushes')
        main.pushes = nil
      end
      if KEYS[5 + k] ~= MAIN and told(7) then learn(KEYS[5 + k], used.o) end
    end
  end
end
write()
keep_counts()
return answers
`,
};
