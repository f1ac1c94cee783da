import type { Script } from '../store/script';
import { LUA_ADAPT } from './adapt';
import { LUA_LEDGER } from './ledger';

/**
 * What a budget is and what of it is used.
 *
 * KEYS: those of the budget. Answer: empty when there is no such budget; else limits (JSON), then numbers: requests, input, output of the
 *   minute, of the day, input and output held, calls, how many wait, paused (0, 1), blocked ms, closed ms, window (-1: none)
 */
export const stateScript: Script = {
  name: 'swarmBudgetState',
  lua: `
${LUA_LEDGER}
${LUA_ADAPT}
if not limits then return {} end
write()
local answer = {main.limits}
for _, field in ipairs({'rm:', 'im:', 'om:', 'rd:', 'id:', 'od:', 'il:', 'ol:', 'cl:'}) do
  answer[#answer + 1] = int(number_of(field))
end
answer[#answer + 1] = int(redis.call('ZCARD', LINE))
answer[#answer + 1] = main.paused and '1' or '0'
answer[#answer + 1] = int(math.max(0, state('blocked') - now_ms))
answer[#answer + 1] = int(math.max(0, state('opens') - now_ms))
answer[#answer + 1] = int(math.floor(window() or -1))
return answer
`,
};
