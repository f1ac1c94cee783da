import type { Script } from '../store/script';
import { LUA_LEDGER } from './ledger';

/**
 * Adds to what calls under one reservation used so far. The sum counts in place of what was reserved when the reservation ends and
 * nothing else is told.
 *
 * KEYS: those of the budget. ARGV: id of the reservation; used requests, input, output.
 * Answer: noted | ended (it was charged already) | unknown (no such reservation) | none (there is no such budget)
 */
export const reportScript: Script = {
  name: 'swarmReportUsage',
  lua: `
${LUA_LEDGER}
if not limits then return 'none' end
write()
local record = load(ARGV[1])
if not record or record.s == 'waiting' then return 'unknown' end
if record.s ~= 'live' then return 'ended' end
local sum = record.u or {r = 0, i = 0, o = 0}
for k, metric in ipairs({'r', 'i', 'o'}) do sum[metric] = sum[metric] + tonumber(ARGV[k + 1]) end
record.u = sum
redis.call('HSET', BOOK, 'h:' .. ARGV[1], cjson.encode(record))
return 'noted'
`,
};
