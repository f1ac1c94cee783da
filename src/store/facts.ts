import type { Redis } from 'ioredis';

import { RefusedError } from '../contract/errors';
import { primariesOf } from './client';
import type { Store } from './store';

/** What a server says of itself (INFO), by name. */
export type Facts = ReadonlyMap<string, string>;

/** Empty where the user may not ask. Of a Cluster one of its nodes answers. */
export async function factsOf(store: Store): Promise<Facts> {
  return await ask(store, (client) => client.info());
}

/** The same of each server that takes writes. */
export async function factsOfEach(store: Store): Promise<Facts[]> {
  return await Promise.all(
    primariesOf(store.client).map((node: Redis) => ask(store, () => node.info())),
  );
}

async function ask(store: Store, act: Parameters<typeof store.ask<string>>[0]): Promise<Facts> {
  try {
    const text = await store.ask(act);
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
