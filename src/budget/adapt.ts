/**
 * What a budget learns from a provider that pushes back (429), and from one that does not. Two figures, kept in the budget:
 *
 * - `window`: calls at once. Each good call adds 1 until the first push-back; after it a round of good calls adds 0.1 in the first minute
 *   without push-back, twice as much in each further one, 1 at most. A push-back leaves 0.7 of what was under way.
 * - `rate`: requests a minute, where a minute limit is set that the provider does not keep to any more. A push-back tells it exactly: what
 *   the provider took in the last minute is all it takes. Though never less than a tenth of the limit: after a quiet minute it took little
 *   because nobody asked, and one refused call must not nearly end all others. It grows by 1 % in the first minute without push-back,
 *   then twice as fast in each further one.
 *
 * Both grow only while they are in use: calls that nobody makes prove nothing.
 *
 * A push-back counts once a period: those of calls that were granted before the last one say what is known already.
 */
export const LUA_ADAPT = `
local adaptive = limits and type(limits.adaptive) == 'table' and limits.adaptive
local function bounded()
  return next(limits.minute) ~= nil
end
-- nil: as many as the other limits let through.
local function window()
  if limits.calls or not adaptive then return nil end
  local n = tonumber(main.window)
  if n then return math.min(n, adaptive.most) end
  if not bounded() then return math.min(adaptive.start, adaptive.most) end
end
local function rate()
  return adaptive and limits.minute.requests and tonumber(main.rate)
end
local function accepted() return number_of('rm:') - number_of('pm:') end

local function pushed_back(new_period)
  if not adaptive then return end
  if limits.minute.requests then
    local least = math.max(1, limits.minute.requests / 10)
    set_state('rate', string.format('%.3f', math.max(least, math.min(rate() or accepted(), accepted()))))
  end
  if new_period and not limits.calls then
    local under_way = math.max(1, number_of('cl:'))
    set_state('window', string.format('%.3f', math.max(1, math.min(window() or under_way, under_way) * 0.7)))
  end
end
-- The longer nobody pushed back, the bolder.
local function boldness() return 2 ^ math.min(math.floor((now_ms - state('pushed')) / 60000), 6) end
local function went_well()
  local now_window, now_rate = window(), rate()
  if now_window and now_window < adaptive.most and number_of('cl:') + 1 >= now_window / 2 then
    -- Where the rate keeps the distance, the window is for the moment after a block.
    local more = main.pushed and not now_rate and math.min(1, 0.1 * boldness()) / now_window or 1
    set_state('window', string.format('%.3f', math.min(adaptive.most, now_window + more)))
  end
  if now_rate and accepted() >= now_rate * 0.9 then
    now_rate = now_rate + 0.01 * boldness()
    if now_rate >= limits.minute.requests then
      redis.call('HDEL', MAIN, 'rate')
      main.rate = nil
    else
      set_state('rate', string.format('%.3f', now_rate))
    end
  end
end
`;
