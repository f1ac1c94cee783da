import type { Script } from '../store/script';

/**
 * Gives a lease back that was never used, so that the next delivery takes it at once and no crash is counted.
 *
 * KEYS: the task hash. ARGV: fence. Answer: 1, or 0 when the lease is not the last any more.
 */
export const releaseScript: Script = {
  name: 'swarmRelease',
  lua: `
local h = redis.call('HMGET', KEYS[1], 'state', 'fence')
if h[1] ~= 'live' or h[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', 0, 'released', 1)
return 1
`,
};
