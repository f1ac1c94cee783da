import { InputError } from '../contract/errors';
import type { Store } from '../store/store';

/** A queue that is or was consumed with this store. */
export interface KnownScope {
  readonly scope: string;
  readonly queue: string;
  readonly vhost: string;
  readonly cluster: string;
}

/** Writes down which queue a scope belongs to, so that a task can be named by queue and key. */
export async function rememberScope(store: Store, known: KnownScope): Promise<void> {
  const { scope, ...rest } = known;
  await store.ask((client) => client.hset(store.keys.scopes(), scope, JSON.stringify(rest)));
}

/** @returns how many lanes of a scope may hold tasks: those of now, and those of before */
export async function rememberLanes(store: Store, scope: string, lanes: number): Promise<number> {
  const key = store.keys.lanes();
  const before = Number(await store.ask((client) => client.hget(key, scope)));
  if (lanes > before) await store.ask((client) => client.hset(key, scope, lanes));
  return Math.max(lanes, before);
}

/** Names of the queues that are or were consumed with this store, sorted. */
export async function consumedQueues(store: Store): Promise<string[]> {
  return [...new Set((await knownScopes(store)).map(({ queue }) => queue))].sort();
}

/**
 * The scope of a queue's tasks.
 *
 * @throws InputError when no trigger ever consumed such a queue with this store, or several did
 */
export async function scopeOfQueue(store: Store, queue: string, vhost?: string): Promise<string> {
  const fitting = (await knownScopes(store)).filter(
    (one) => one.queue === queue && (vhost === undefined || one.vhost === vhost),
  );
  const [only, ...more] = fitting;
  if (only && more.length === 0) return only.scope;
  if (!only) {
    throw new InputError(
      'Queue',
      `no Agent Swarm Trigger has consumed "${queue}" with this Redis`,
      'Correct the name, or choose the Redis credential that the trigger uses.',
    );
  }
  const where = fitting.map((one) => `"${one.vhost}" of ${one.cluster}`).join(', ');
  throw new InputError(
    'Queue',
    `is consumed in several virtual hosts: ${where}`,
    'Name the one in Virtual Host.',
  );
}

/** The queues that know a task of this key, sorted. */
export async function tasksNamed(store: Store, key: string): Promise<KnownScope[]> {
  const known = await knownScopes(store);
  const there = await store.ask((client) =>
    Promise.all(known.map(({ scope }) => client.exists(store.keys.task(scope, key)))),
  );
  return known
    .filter((_scope, at) => there[at] === 1)
    .sort((one, other) => one.queue.localeCompare(other.queue));
}

async function knownScopes(store: Store): Promise<KnownScope[]> {
  const all = await store.ask((client) => client.hgetall(store.keys.scopes()));
  return Object.entries(all).map(([scope, text]) => ({
    scope,
    ...(JSON.parse(text) as Omit<KnownScope, 'scope'>),
  }));
}
