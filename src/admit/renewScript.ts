import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Renews leases, each while its fence is still the last; one that ran out but was not taken over is renewed too.
 *
 * KEYS: the task hash of each lease, all of one hash tag.
 * ARGV: lease ms, remember ms; then four for each key: fence, owner, message id, fingerprint.
 * Answer: three for each key: renewed | restored (the store had lost the task) | lost; the word, or ''; what belongs to the word.
 */
export const renewScript: Script = {
  name: 'swarmRenew',
  each: true,
  lua: `
${LUA_CLOCK}
local lease, remember = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers = {}
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 4
  local fence = ARGV[at + 1]
  local h = redis.call('HMGET', key, 'state', 'fence', 'word', 'released', 'said', 'until')
  local verdict, word = 'lost', h[3] or ''
  if not h[1] then
    redis.call('HSET', key, 'state', 'live', 'fence', fence, 'owner', ARGV[at + 2], 'until', int(now_ms + lease),
      'id', ARGV[at + 3], 'fp', ARGV[at + 4], 'attempts', 0, 'crashes', 0, 'first', int(now_ms))
    remember_for(key, remember + lease)
    verdict = 'restored'
  elseif h[1] == 'live' and h[2] == fence and not h[4] then
    -- Never shorter: a node may have asked for a longer one.
    redis.call('HSET', key, 'until', int(math.max(tonumber(h[6]) or 0, now_ms + lease)))
    remember_for(key, remember + lease)
    verdict = 'renewed'
  elseif h[1] == 'done' then
    word = 'complete'
  elseif h[1] == 'canceled' then
    word = 'cancel'
  end
  answers[#answers + 1] = verdict
  answers[#answers + 1] = word
  answers[#answers + 1] = h[5] or ''
end
return answers
`,
};
