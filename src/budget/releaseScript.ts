import type { Script } from '../store/script';
import { LUA_LEDGER } from './ledger';
import { LUA_PACE } from './pace';

/**
 * Gives reservations back whose calls were surely not sent, and places in the line. Done again it changes nothing.
 *
 * KEYS: those of the budget. ARGV: ids. Answer: for each id: ended | already (its call was reconciled, or nobody knows of it) |
 *   none (there is no such budget)
 */
export const releaseScript: Script = {
  name: 'swarmReleaseBudget',
  lua: `
${LUA_LEDGER}
${LUA_PACE}
local function release(id)
  local record = load(id)
  if not record or record.s == 'ended' then return 'already' end
  if record.s ~= 'waiting' then
    if record.s == 'live' then hold(record, -1) else refund(record.ended, {i = record.i, o = record.o}, record.t) end
    refund(record.at, {r = record.r}, record.t)
    pace(record, -1)
  end
  forget(id)
  return 'ended'
end

local answers = {}
for k, id in ipairs(ARGV) do answers[k] = limits and release(id) or 'none' end
write()
return answers
`,
};
