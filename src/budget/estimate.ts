/**
 * How long answers of one kind usually are, for reservations of mode `learned`. The mark is where six answers of ten are shorter: calls
 * hold their tokens from the grant on and a provider counts them at the end, so what is held early pays for those that are longer
 * (docs/decisions/010-budgets.md has the figures; with 0.9 a budget stays a quarter below its limit).
 *
 * Kept as a histogram on a log scale, each bin 10 % wider than the one before, so that it is small (a hundred bins reach 14,000
 * tokens), exact to 10 %, and two of them could be added. At 512 answers all counts are halved: the last few hundred decide.
 *
 * `usual` is the reservation it comes to, kept beside the bins so that an ask reads one field. There is none before 20 answers.
 */
export const LUA_ESTIMATE = `
local QUANTILE = 0.6
local function usual(key)
  return tonumber(redis.call('HGET', key, 'usual'))
end
local function learn(key, tokens)
  redis.call('HINCRBY', key, int(math.floor(math.log(math.max(1, tokens)) / math.log(1.1))), 1)
  local all, bins, total = redis.call('HGETALL', key), {}, 0
  for k = 1, #all, 2 do
    local bin, n = tonumber(all[k]), tonumber(all[k + 1])
    if bin then
      bins[#bins + 1] = {bin, n}
      total = total + n
    end
  end
  if total >= 20 then
    table.sort(bins, function(a, b) return a[1] < b[1] end)
    local below, at = 0, 1
    while at < #bins and below + bins[at][2] < total * QUANTILE do
      below = below + bins[at][2]
      at = at + 1
    end
    redis.call('HSET', key, 'usual', int(math.ceil(1.1 ^ (bins[at][1] + 1))))
  end
  if total >= 512 then
    for _, it in ipairs(bins) do
      local half = math.floor(it[2] / 2)
      if half == 0 then redis.call('HDEL', key, int(it[1])) else redis.call('HSET', key, int(it[1]), int(half)) end
    end
  end
  remember_for(key, 30 * 86400000)
end
`;
