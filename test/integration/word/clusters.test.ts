import { randomUUID } from 'node:crypto';

import fc from 'fast-check';

import { storeSchema } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { clusterOf, knownClusters, rememberCluster } from '../../../src/word/clusters';
import { integrationServers } from '../../support/integrationServers';

const at = (...names: string[]) => names.map((host) => ({ host, port: 5672 }));

async function withStores<T>(act: (one: Store, other: Store) => Promise<T>): Promise<T> {
  const settings = storeSchema.parse({ ...integrationServers().store, prefix: randomUUID() });
  const [one, other] = await Promise.all([
    Store.open(settings, 'once'),
    Store.open(settings, 'once'),
  ]);
  try {
    return await act(one, other);
  } finally {
    one.close();
    other.close();
  }
}

it('takes a name that a person gave as it is, whatever is known of the hosts', async () => {
  await withStores(async (store) => {
    expect(await rememberCluster(store, 'rabbit@one', at('a', 'b'))).toBe('rabbit@one');
    expect(await rememberCluster(store, 'production', at('a', 'b'))).toBe('production');
    expect(await rememberCluster(store, 'staging', at('a', 'b'))).toBe('staging');
  });
});

it('knows a cluster without a name by the hosts, in any order, and others by a node that both reach', async () => {
  await withStores(async (store) => {
    expect(await rememberCluster(store, 'rabbit@one', at('a', 'b'))).toBe('rabbit@one');
    expect(await rememberCluster(store, 'rabbit@two', at('b', 'a'))).toBe('rabbit@one');
    expect(await rememberCluster(store, 'rabbit@two', at('balancer'))).toBe('rabbit@one');
    expect(await rememberCluster(store, 'rabbit@three', at('balancer'))).toBe('rabbit@one');
    expect(await rememberCluster(store, 'rabbit@far', at('elsewhere'))).toBe('rabbit@far');
    const known = await knownClusters(store);
    expect(clusterOf('rabbit@four', at('b', 'a'), known)).toBe('rabbit@one');
    expect(clusterOf('rabbit@three', at('unseen'), known)).toBe('rabbit@one');
    expect(clusterOf('rabbit@five', at('unseen'), known)).toBe('rabbit@five');
  });
});

it('gives all who have the same hosts one name, also when they come at once, and never another one later', async () => {
  const node = fc.integer({ min: 1, max: 3 }).map((id) => `rabbit@${id}`);
  const hosts = fc.constantFrom(at('a', 'b', 'c'), at('c', 'b', 'a'), at('balancer'), at('d'));
  const names = (list: readonly { host: string }[]) => [...list.map(({ host }) => host)].sort();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(node, hosts), { minLength: 2, maxLength: 8 }), (asked) =>
      withStores(async (one, other) => {
        const ask = () =>
          Promise.all(
            asked.map(([told, by], at) => rememberCluster(at % 2 === 0 ? one : other, told, by)),
          );
        const given = await ask();
        const first = new Map<string, string>();
        asked.forEach(([, by], at) => {
          const key = names(by).join();
          const before = first.get(key) ?? given[at] ?? '';
          expect(given[at]).toBe(before);
          first.set(key, before);
        });
        expect(await ask()).toEqual(given);
      }),
    ),
    { numRuns: 40 },
  );
});
