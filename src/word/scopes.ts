import { InputError } from '../contract/errors';
import { deadQueueOf, laneOf } from '../contract/wire';
import type { Store } from '../store/store';

/** By what a queue's consumer works, as far as the servers' own settings must fit to it. Times in ms. */
export interface ConsumerTerms {
  readonly deadQueue: string;
  /** Its own; those of Rate-Limited Chat Models in its runs are not known here. */
  readonly budget?: string | undefined;
  readonly prefetch: number;
  readonly runLimitMs: number;
  /** What it was told of the broker's consumer timeout. */
  readonly brokerTimeoutMs: number;
  readonly rememberMs: number;
  /** From the first run of a task to its last possible end, parked times left out. */
  readonly longestLifeMs: number;
  /** ISO time. */
  readonly startedAt: string;
}

/** A queue that is or was consumed with this store. */
export interface KnownScope {
  readonly scope: string;
  readonly queue: string;
  readonly vhost: string;
  readonly cluster: string;
  /** Of the consumer that started last; absent where it was of an older version. */
  readonly consumer?: ConsumerTerms | undefined;
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

/** Every queue that is or was consumed with this store. */
export async function knownScopes(store: Store): Promise<KnownScope[]> {
  const all = await store.ask((client) => client.hgetall(store.keys.scopes()));
  return Object.entries(all).map(([scope, text]) => ({
    scope,
    ...(JSON.parse(text) as Omit<KnownScope, 'scope'>),
  }));
}

/** With how many lanes may hold its tasks. */
export interface StandingScope extends KnownScope {
  readonly lanes: number;
}

/** As `knownScopes`, with their lanes. */
export async function standingScopes(store: Store): Promise<StandingScope[]> {
  const lanes = await store.ask((client) => client.hgetall(store.keys.lanes()));
  const known = await knownScopes(store);
  return known.map((one) => ({ ...one, lanes: Number(lanes[one.scope] ?? 0) }));
}

/** Names of its queues: that of its dead letters, and those that hold its tasks, its own first. */
export function queuesOf({ queue, consumer, lanes }: StandingScope): {
  readonly dead: string;
  readonly work: readonly string[];
} {
  const behind = Array.from({ length: lanes }, (_, lane) => laneOf(queue, lane));
  return { dead: consumer?.deadQueue ?? deadQueueOf(queue), work: [queue, ...behind] };
}
