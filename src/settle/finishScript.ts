import { LUA_CLOCK, type Script } from '../store/script';

/**
 * Writes the success of tasks. Needs no live fence: success is final whoever brings it. Only other work under the same key (another
 * fingerprint) is left alone.
 *
 * KEYS: the task hash of each, all of one hash tag. ARGV: remember ms; then two for each key: fence, fingerprint.
 * Answer: for each key done | already | other.
 */
export const finishScript: Script = {
  name: 'swarmFinish',
  lua: `
${LUA_CLOCK}
local answers = {}
for i, key in ipairs(KEYS) do
  local fence, fp = ARGV[i * 2], ARGV[i * 2 + 1]
  local h = redis.call('HMGET', key, 'state', 'fp')
  if h[2] and h[2] ~= fp then
    answers[i] = 'other'
  elseif h[1] == 'done' then
    remember_for(key, ARGV[1])
    answers[i] = 'already'
  else
    if not h[1] then redis.call('HSET', key, 'fence', fence, 'fp', fp) end
    redis.call('HSET', key, 'state', 'done', 'ended', int(now_ms))
    redis.call('HDEL', key, 'owner', 'until', 'word', 'released', 'failure')
    remember_for(key, ARGV[1])
    answers[i] = 'done'
  end
end
return answers
`,
};
