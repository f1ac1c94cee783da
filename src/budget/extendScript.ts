import type { Script } from '../store/script';
import { LUA_LEDGER } from './ledger';

/**
 * Keeps reservations of calls under way. One whose lease ran out, or that the store lost, is held again: its call still goes on, and its
 * tokens will be counted when it ends.
 *
 * KEYS: those of the budget. ARGV: lease ms; then five for each: id, tenant, requests, input, output as reserved.
 * Answer: for each: extended | restored | ended | unknown (there is no such budget)
 */
export const extendScript: Script = {
  name: 'swarmExtend',
  lua: `
${LUA_LEDGER}
local function extend(id, tenant, reserved, due)
  local record = load(id)
  if record and record.s == 'ended' then return 'ended' end
  if record and record.s == 'live' then
    redis.call('ZADD', DUE, int(due), id)
    return 'extended'
  end
  if record and record.s == 'lapsed' then
    refund(record.ended, {i = record.i, o = record.o}, record.t)
    record.s, record.ended = 'live', nil
  else
    forget(id)
    -- Its request was charged long ago, at a time that nobody knows: there is nothing to refund.
    record = {s = 'live', at = 0, r = reserved.r, i = reserved.i, o = reserved.o, t = tenant}
  end
  hold(record, 1)
  keep(id, record, due)
  return 'restored'
end

local answers = {}
for k = 1, (#ARGV - 1) / 5 do
  local at = 1 + (k - 1) * 5
  local reserved = {r = tonumber(ARGV[at + 3]), i = tonumber(ARGV[at + 4]), o = tonumber(ARGV[at + 5])}
  local tenant = limits and limits.tenantShare < 1 and ARGV[at + 2] or ''
  answers[k] = limits and extend(ARGV[at + 1], tenant, reserved, now_ms + tonumber(ARGV[1])) or 'unknown'
end
if limits then write() end
return answers
`,
};
