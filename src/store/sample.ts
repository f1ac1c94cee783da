import { RefusedError } from '../contract/errors';
import { primariesOf } from './client';
import type { Store } from './store';

/** Keys that are looked at, and rounds of SCAN on each server: a store may hold millions that are not ours. */
const MOST_KEYS = 200;
const MOST_ROUNDS = 50;

export interface Sampled {
  readonly count: number;
  /** All of them together; 0 where the user may not ask. */
  readonly bytes: number;
}

/** What some of the keys that fit a pattern take in memory. Nothing where the user may not look around. */
export async function sampleKeys(store: Store, pattern: string): Promise<Sampled> {
  try {
    const keys = await found(store, pattern);
    const sizes = await store.ask((client) =>
      Promise.all(keys.map((key) => client.memory('USAGE', key))),
    );
    const known = sizes.filter((size) => size !== null);
    return { count: known.length, bytes: known.reduce((sum, size) => sum + size, 0) };
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'no_rights') return { count: 0, bytes: 0 };
    throw error;
  }
}

async function found(store: Store, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for (const node of primariesOf(store.client)) {
    let cursor = '0';
    for (let round = 0; round < MOST_ROUNDS && keys.length < MOST_KEYS; round += 1) {
      const [next, page] = await store.ask(() =>
        node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000),
      );
      keys.push(...page);
      if (next === '0') break;
      cursor = next;
    }
  }
  return keys.slice(0, MOST_KEYS);
}
