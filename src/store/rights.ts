import type { Redis } from 'ioredis';

import { storeCause } from './cause';
import { primariesOf } from './client';
import type { StoreSettings } from '../contract/settings';
import type { Script } from './script';
import type { Store } from './store';

/**
 * Makes each kind of call that the other scripts and clients make, so that a missing right shows here and not at the first task. It leaves
 * nothing behind; should it be cut short, its key is gone after a second.
 *
 * KEYS[1] a key nobody else uses. ARGV[1] a channel nobody else uses. Answers 1, or an error that names the commands.
 */
const RIGHTS: Script = {
  name: 'swarmRights',
  lua: `
local refused, told, other = {}, {}, nil
local function try(name, ...)
  local answer = redis.pcall(name, ...)
  local why = type(answer) == 'table' and answer.err
  if not why then return end
  if why:find("can't run this command") or why:find('permissions to run') then
    if not told[name] then refused[#refused + 1] = name end
    told[name] = true
  else
    other = other or answer
  end
end
local key = KEYS[1]
local function begin(name, ...)
  try(name, key, ...)
  try('PEXPIRE', key, 1000)
end
try('TIME')
begin('HSET', 'a', '1')
try('HSETNX', key, 'a', '1')
try('HINCRBY', key, 'a', 1)
try('HGET', key, 'a')
try('HMGET', key, 'a')
try('HGETALL', key)
try('HLEN', key)
try('HDEL', key, 'b')
try('EXISTS', key)
try('PTTL', key)
try('PEXPIREAT', key, 1)
try('DEL', key)
begin('SADD', 'a')
try('SISMEMBER', key, 'a')
try('SMEMBERS', key)
try('SRANDMEMBER', key)
try('SREM', key, 'a')
try('UNLINK', key)
begin('ZADD', 1, 'a')
try('ZCARD', key)
try('ZCOUNT', key, 0, 1)
try('ZRANGE', key, 0, 0)
try('ZRANGEBYSCORE', key, 0, 1)
try('ZRANK', key, 'a')
try('ZSCORE', key, 'a')
try('ZREM', key, 'a')
try('SET', key, '1', 'PX', 1000)
try('GET', key)
try('DEL', key)
try('PUBLISH', ARGV[1], '')
if other then return other end
if #refused == 0 then return 1 end
return redis.error_reply('NOPERM it may not run ' .. table.concat(refused, ', '))
`,
};

/**
 * Proves that the user may do what tasks need.
 *
 * @throws SwarmError with cause and remedy
 */
export async function checkRights(
  store: Store,
  settings: StoreSettings,
  id: string,
): Promise<void> {
  const [key, channel] = [store.keys.claim(id), store.keys.words(id)];
  // The first time with its text, then by its hash: two commands.
  await store.run(RIGHTS, [key], [channel]);
  await store.run(RIGHTS, [key], [channel]);
  await apart(store, settings, async (client) => {
    await client.call('MULTI');
    await client.call('DISCARD');
    await client.subscribe(channel);
  });
}

/** On a connection of its own: one that listens, or gathers a transaction, does nothing else meanwhile. */
async function apart(
  { client }: Store,
  settings: StoreSettings,
  act: (one: Redis) => Promise<unknown>,
): Promise<void> {
  const [first] = primariesOf(client);
  if (!first) return;
  const one = first.duplicate({ lazyConnect: true, retryStrategy: () => null });
  one.on('error', () => undefined);
  try {
    await one.connect();
    await act(one);
  } catch (error) {
    throw storeCause(error, settings);
  } finally {
    one.disconnect();
  }
}
