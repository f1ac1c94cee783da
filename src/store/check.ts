import { randomUUID } from 'node:crypto';

import { RefusedError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { LUA_CLOCK, type Script } from './script';
import { Store } from './store';

/** What the server said of itself; empty where the user may not ask (INFO is often forbidden). */
export interface StoreIdentity {
  readonly kind: 'Redis' | 'Valkey';
  readonly version: string;
  /** What works and will hurt later, in sentences for a person. */
  readonly warnings: readonly string[];
}

/**
 * Writes, reads, announces and deletes as the other scripts do, so that a missing right shows here and not at the first task.
 * It leaves nothing behind; should it be cut short, its key is gone after a second.
 *
 * KEYS[1] a key nobody else uses. ARGV[1] a channel nobody else uses. Answers 1.
 */
const CHECK: Script = {
  name: 'swarmCheck',
  lua: `${LUA_CLOCK}
redis.call('HSET', KEYS[1], 'at', int(now_ms))
redis.call('PEXPIRE', KEYS[1], 1000)
local kept = redis.call('HGET', KEYS[1], 'at')
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], kept, 'PX', 1000)
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], '')
return 1
`,
};

/**
 * Proves that the settings let us in and that the user may do what tasks need.
 *
 * @throws SwarmError with cause and remedy
 */
export async function checkStore(settings: StoreSettings): Promise<StoreIdentity> {
  const store = await Store.open(settings, 'once');
  try {
    const id = `check-${randomUUID()}`;
    await store.run(CHECK, [store.keys.claim(id)], [store.keys.words(id)]);
    const warnings = await openDoorWarning(store, settings);
    return identity(await info(store), warnings);
  } finally {
    store.close();
  }
}

/** The client takes "no password is set" for a detail; a person who gave one believes the server to be locked. */
async function openDoorWarning(store: Store, settings: StoreSettings): Promise<string[]> {
  if (!settings.password || settings.username) return [];
  try {
    await store.ask((client) => client.auth(settings.password));
    return [];
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'login_refused') {
      return [`${error.message} ${error.remedy}`];
    }
    throw error;
  }
}

async function info(store: Store): Promise<ReadonlyMap<string, string>> {
  try {
    const text = await store.ask((client) => client.info());
    return new Map(
      [...text.matchAll(/^([^#:\r\n]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'no_rights') return new Map();
    throw error;
  }
}

function identity(facts: ReadonlyMap<string, string>, warnings: readonly string[]): StoreIdentity {
  // Valkey goes on telling the Redis version it is compatible with; its own stands beside it.
  const valkey = facts.get('valkey_version');
  return {
    kind: valkey === undefined ? 'Redis' : 'Valkey',
    version: valkey ?? facts.get('redis_version') ?? '',
    warnings: [...warnings, ...evictionWarning(facts)],
  };
}

function evictionWarning(facts: ReadonlyMap<string, string>): string[] {
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  // Without a limit nothing is ever evicted, whatever the policy says.
  if (policy === 'noeviction' || facts.get('maxmemory') === '0') return [];
  return [
    `Its maxmemory-policy is ${policy}: when memory runs out it deletes keys, and with them leases, so that tasks may run twice. Set it to noeviction.`,
  ];
}
