/**
 * How a Lua script is declared. Only scripts move a task from state to state, and each is one file whose header says its keys,
 * arguments and answer. Keys of one call share a hash tag; time is Redis `TIME`; every number goes through `tonumber`.
 */
export interface Script {
  /** Name of the command on the client, such as `swarmAdmit`. */
  readonly name: string;
  readonly lua: string;
  /**
   * Its keys are tasks that have nothing to do with each other. While the slot of a Cluster moves, keys that lie on two nodes cannot be
   * worked on together: such a script then fails at once, to be run for each task alone. Others wait until the slot has moved.
   */
  readonly each?: boolean;
}

/**
 * `now_ms` for the scripts: the store's own clock, so that clocks of hosts do not matter. Fences are microseconds of the same
 * clock, so that a store that lost its data cannot repeat one; both fit into a double without loss until the year 2255.
 * `remember_for(key, ms)` lengthens a key's life and never shortens it.
 */
export const LUA_CLOCK = `
local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now_ms = math.floor(now_us / 1000)
local function int(n) return string.format('%.0f', n) end
local function remember_for(key, ms)
  ms = tonumber(ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, int(ms)) end
end
`;

/**
 * For scripts with `LUA_CLOCK`. `keep_entry(key, entry)` adds an entry (JSON) to the history of a task, and `keep_note(key, error, counts)`
 * one of now; the latest tell most, and a task that is put off for ever must not grow for ever.
 */
export const LUA_HISTORY = `
local function keep_entry(key, entry)
  local history = redis.call('HGET', key, 'history')
  if history and #history >= 4000 then
    history = '{"at":' .. int(now_ms) .. ',"error":"what came before is not kept","counts":false}'
  end
  redis.call('HSET', key, 'history', history and history .. ',' .. entry or entry)
end
local function keep_note(key, error, counts)
  keep_entry(key, '{"at":' .. int(now_ms) .. ',"error":' .. cjson.encode(error) .. ',"counts":' .. tostring(counts) .. '}')
end
`;
