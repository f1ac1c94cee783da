import type { Script } from '../store/script';
import { LUA_LEDGER } from './ledger';

/**
 * Creates a budget, or gives one other limits; what was charged stays. One that is not surely new starts closed, because an earlier one of
 * its name may have been lost with all that was charged. In doubt the server's own age decides: what it lost by a restart longer ago
 * than a minute, the provider has forgotten as well.
 *
 * KEYS: those of the budget. ARGV: limits (JSON), if it is there (keep | update), what is known (new | lost | unsure).
 * Answer: created closed_ms | updated | exists
 */
export const createScript: Script = {
  name: 'swarmCreateBudget',
  lua: `
${LUA_LEDGER}
if limits then
  write()
  if ARGV[2] ~= 'update' then return {'exists'} end
  redis.call('HSET', MAIN, 'limits', ARGV[1])
  -- What was learned belongs to other limits.
  redis.call('HDEL', MAIN, 'rate', 'window')
  return {'updated'}
end
guard = cjson.decode(ARGV[1]).guardMs
local closed = past() - now_ms
if ARGV[3] == 'new' then
  closed = 0
elseif ARGV[3] == 'unsure' then
  -- A user without the right to ask gets no answer.
  local info = redis.pcall('INFO', 'server')
  local age = type(info) == 'string' and tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
  closed = math.max(0, closed - (age or 0) * 1000)
end
redis.call('DEL', MAIN, BOOK, LEAVES, DUE, LINE)
redis.call('HSET', MAIN, 'limits', ARGV[1], 'created', int(now_ms), 'opens', int(now_ms + closed))
return {'created', int(closed)}
`,
};
