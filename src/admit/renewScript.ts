import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Renews leases, each while its fence is still the last; one that ran out but was not taken over is renewed too.
 *
 * KEYS: the task hash of each lease, all of one hash tag.
 * ARGV: lease ms, remember ms; then four for each key: fence, owner, message id, fingerprint.
 * Answer: two words for each key: renewed | restored (the store had lost the task) | lost; and the word said, or ''.
 */
export const renewScript: Script = {
  name: 'swarmRenew',
  lua: `
${LUA_CLOCK}
local lease, remember = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers = {}
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 4
  local fence = ARGV[at + 1]
  local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'released')
  local verdict, word = 'lost', h[3] or ''
  if not h[1] then
    redis.call('HSET', key, 'state', 'live', 'fence', fence, 'owner', ARGV[at + 2], 'until', int(now_ms + lease),
      'id', ARGV[at + 3], 'fp', ARGV[at + 4], 'attempts', 0, 'crashes', 0, 'first', int(now_ms))
    redis.call('PEXPIRE', key, int(remember + lease))
    verdict = 'restored'
  elseif h[1] == 'live' and h[2] == fence and not h[4] then
    redis.call('HSET', key, 'until', int(now_ms + lease))
    redis.call('PEXPIRE', key, int(remember + lease))
    verdict = 'renewed'
  elseif h[1] == 'done' then
    word = 'complete'
  end
  answers[#answers + 1] = verdict
  answers[#answers + 1] = word
end
return answers
`,
};
