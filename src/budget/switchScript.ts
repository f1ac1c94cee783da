import type { Script } from '../store/script';
import { LUA_LEDGER } from './ledger';

/**
 * What a person does to a budget: pause it, resume it, or lift a block. What waits finds out when it asks again.
 *
 * KEYS: those of the budget. ARGV: pause | resume | unblock. Answer: 1, or 0 when there is no such budget.
 */
export const switchScript: Script = {
  name: 'swarmSwitchBudget',
  lua: `
${LUA_LEDGER}
if not limits then return 0 end
if ARGV[1] == 'pause' then
  redis.call('HSET', MAIN, 'paused', 1)
elseif ARGV[1] == 'resume' then
  redis.call('HDEL', MAIN, 'paused')
else
  redis.call('HDEL', MAIN, 'blocked', 'pushes')
end
write()
return 1
`,
};
