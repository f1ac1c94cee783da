import type { BrokerSettings } from '../contract/settings';
import type { Store } from '../store/store';

/** What a store knows of clusters: the name each is known by, by hosts of a credential and by what its nodes told. */
export type KnownClusters = Readonly<Record<string, string>>;

type Hosts = BrokerSettings['hosts'];

/**
 * The name by which a cluster is known, whichever of its nodes was asked. A RabbitMQ cluster that nobody gave a name has none: each node tells
 * its own, as the cluster's (`rabbit_nodes:cluster_name/0`; seen on 3.10). Then it is the first that was told to anybody with these hosts,
 * or the one under which the node is known.
 */
export function clusterOf(told: string, hosts: Hosts, known: KnownClusters): string {
  if (!isOfNode(told)) return told;
  return known[byHosts(hosts)] ?? known[byName(told)] ?? told;
}

/** As `clusterOf`, and from then on the same for all who have these hosts, or are told this name. */
export async function rememberCluster(store: Store, told: string, hosts: Hosts): Promise<string> {
  if (!isOfNode(told)) return told;
  const key = store.keys.clusters();
  return await store.ask(async (client) => {
    const first = clusterOf(told, hosts, await client.hgetall(key));
    await client.hsetnx(key, byHosts(hosts), first);
    // Of two who come at the same time one was first.
    const cluster = (await client.hget(key, byHosts(hosts))) ?? first;
    await client.hsetnx(key, byName(told), cluster);
    return cluster;
  });
}

export async function knownClusters(store: Store): Promise<KnownClusters> {
  return await store.ask((client) => client.hgetall(store.keys.clusters()));
}

const isOfNode = (told: string) => told.includes('@');

const byName = (told: string) => `name|${told}`;

function byHosts(hosts: Hosts): string {
  const all = hosts.map(({ host, port }) => `${host}:${port}`);
  return `hosts|${all.sort().join(',')}`;
}
