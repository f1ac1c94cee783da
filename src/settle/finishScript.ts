import { LUA_CLOCK, LUA_HISTORY, type Script } from '../store/script';

/**
 * Writes the success of tasks. Needs no live fence: success is final whoever brings it. Only other work under the same key (another
 * fingerprint) is left alone, and what the run itself said before it ended well without saying Complete, be it settled by now or not.
 *
 * KEYS: the task hash of each, all of one hash tag. ARGV: remember ms; then three for each key: fence, fingerprint, the word that this
 *   settles ('' for the end of a run).
 * Answer: for each key done | already | other | said (another word stands) | spoken (another word was settled).
 */
export const finishScript: Script = {
  name: 'swarmFinish',
  each: true,
  lua: `
${LUA_CLOCK}
${LUA_HISTORY}
local answers = {}
for i, key in ipairs(KEYS) do
  local fence, fp, by = ARGV[i * 3 - 1], ARGV[i * 3], ARGV[i * 3 + 1]
  local h = redis.call('HMGET', key, 'state', 'fp', 'fence', 'word', 'spoke', 'reason')
  if h[2] and h[2] ~= fp then
    answers[i] = 'other'
  elseif h[1] == 'done' then
    remember_for(key, ARGV[1])
    answers[i] = 'already'
  elseif by == '' and h[1] == 'live' and h[3] == fence and h[4] and h[4] ~= 'complete' then
    answers[i] = 'said'
  elseif by == '' and h[5] == fence then
    answers[i] = 'spoken'
  else
    if not h[1] then redis.call('HSET', key, 'fence', fence, 'fp', fp) end
    if h[1] == 'dead' then keep_note(key, 'dead-lettered: ' .. (h[6] or ''), true) end
    redis.call('HSET', key, 'state', 'done', 'ended', int(now_ms))
    redis.call('HDEL', key, 'owner', 'until', 'word', 'said', 'released', 'failure', 'envelope', 'spoke', 'reason', 'why')
    remember_for(key, ARGV[1])
    answers[i] = 'done'
  end
end
return answers
`,
};
