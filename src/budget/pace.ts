/**
 * Pacing: each minute limit has a moment (`pace_<name>`, microseconds) up to which it is spent at an even rate. It may lie ahead of now
 * by the burst. A call goes while it does not lie further ahead, however large the call is: an ordinary large one is never
 * refused for ever, the next ones wait longer.
 */
export const LUA_PACE = `
local PACED = {
  requests = function(n) return n.r end,
  input = function(n) return n.i end,
  output = function(n) return n.o end,
  total = function(n) return n.i + n.o end,
}
local function pace_ms() return SPANS.m[1] + SPANS.m[2] + guard end
local paced = limits and limits.burst < 1
-- How long until these may go, ms; 0 or less: now.
local function pace_wait(before)
  local wait = 0
  if paced then
    for name, limit in pairs(limits.minute) do
      local ahead = math.max(state('pace_' .. name) / 1000 - now_ms, 0) + PACED[name](before) * pace_ms() / limit
      wait = math.max(wait, ahead - limits.burst * pace_ms())
    end
  end
  return wait
end
-- sign -1 gives back.
local function pace(n, sign)
  if not paced then return end
  for name, limit in pairs(limits.minute) do
    local from = sign > 0 and math.max(state('pace_' .. name), now_us) or state('pace_' .. name)
    set_state('pace_' .. name, int(from + sign * PACED[name](n) * pace_ms() / limit * 1000))
  end
end
`;
