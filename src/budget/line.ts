/**
 * The line of those who were told to wait: who comes first, what those before need, and when to come back. A place is kept while its owner
 * comes back in time; who does not is dropped by its due time, so that nothing is set aside for the dead.
 *
 * The first 16 are read; what more of them need is taken to be like those. When there is room for requests is known to the ms; tokens and
 * calls are freed whenever a call ends. So the line measures how often one of it is granted (`gap`), and each comes back in half the
 * time that those before it should need: half, so that the line is never what slows it. A thousand that wait for 600 grants a
 * minute ask some 300 times a second together.
 */
export const LUA_LINE = `
local GRACE_MS, SHORTEST_MS, LONGEST_MS, READ = 2000, 50, 5000, 16
-- Higher than any time in ms until the year 2286: runs that have begun come before all others.
local LATER = 10000000000000

-- An emptied line costs nothing: one look for the whole call.
local standing = limits and redis.call('ZCARD', LINE) or 0
local function place_of(id, begun, record)
  local first = record and record.a or now_ms
  local place = {rank = 0, a = first, b = begun, score = first + (begun and 0 or LATER), before = {r = 0, i = 0, o = 0, calls = 0}}
  if standing == 0 then return place end
  local rank = redis.call('ZRANK', LINE, id)
  if not rank or not record or record.b ~= begun then rank = redis.call('ZCOUNT', LINE, '-inf', int(place.score)) end
  if rank == 0 then return place end
  place.rank = rank
  local ids, read = redis.call('ZRANGE', LINE, 0, math.min(rank, READ) - 1), 0
  for _, other in ipairs(ids) do
    local it = other ~= id and load(other)
    if it then
      read = read + 1
      for _, metric in ipairs({'r', 'i', 'o'}) do place.before[metric] = place.before[metric] + it[metric] end
    end
  end
  place.before.calls = read
  if rank > READ then
    for metric, n in pairs(place.before) do place.before[metric] = math.ceil(n * rank / READ) end
  end
  return place
end
local function leave_line(id)
  if standing > 0 and redis.call('ZREM', LINE, id) == 1 then
    standing = standing - 1
    forget(id)
  end
end
local function ask_again(ms, rank, exact)
  local turn = exact and ms or math.max(SHORTEST_MS, math.min(state('gap'), 500) * (rank + 1) / 2)
  return math.ceil(math.max(10, math.min(ms, turn, LONGEST_MS)))
end
local function served()
  local gap = math.min(now_ms - (tonumber(main.served) or now_ms), LONGEST_MS)
  set_state('gap', string.format('%.3f', state('gap') * 0.9 + gap * 0.1))
  set_state('served', int(now_ms))
end
local function stand(id, place, n, again)
  standing = standing + redis.call('ZADD', LINE, int(place.score), id)
  redis.call('PEXPIREAT', LINE, int(now_ms + LONGEST_MS + GRACE_MS + 1000))
  keep(id, {s = 'waiting', a = place.a, b = place.b, r = n.r, i = n.i, o = n.o}, now_ms + again + GRACE_MS)
end
`;
