import { LUA_BUDGET_COUNTS } from '../store/countScript';
import type { Script } from '../store/script';
import { LUA_ADAPT } from './adapt';
import { LUA_LEDGER } from './ledger';

/**
 * The provider pushed back: the budget grants nothing until then, to nobody. A block is never shortened. Without a time from the provider
 * it is 1 s, twice as long each time until a call ends well, 60 s at most.
 *
 * KEYS: those of the budget. ARGV: ms ('' unknown); id of the reservation whose call was pushed back ('' unknown).
 * Answer: ms until it is over, or -1 when there is no such budget.
 */
export const blockScript: Script = {
  name: 'swarmBlock',
  lua: `
${LUA_LEDGER}
${LUA_ADAPT}
${LUA_BUDGET_COUNTS}
if not limits then return -1 end
local record = ARGV[2] ~= '' and load(ARGV[2])
local told = record and record.p
local new_period
if record and record.at then new_period = record.at > state('pushed') else new_period = state('blocked') <= now_ms end
if not told then
  if not record or not record.at or now_ms - record.at < SPANS.m[1] then charge(now_ms, {p = record and record.r or 1}, '') end
  pushed_back(new_period)
  if new_period then set_state('pushes', int(state('pushes') + 1)) end
  local ms = tonumber(ARGV[1]) or new_period and math.min(60000, 500 * 2 ^ state('pushes')) or 0
  set_state('blocked', int(math.max(state('blocked'), now_ms + ms)))
  if new_period then set_state('pushed', int(now_ms)) end
  tally('pushed_back')
  if new_period then tally('blocks') end
  if record then
    record.p = true
    redis.call('HSET', BOOK, 'h:' .. ARGV[2], cjson.encode(record))
  end
end
write()
keep_counts()
return int(math.max(0, state('blocked') - now_ms))
`,
};
