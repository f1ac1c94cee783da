import { Cluster, Redis, type RedisOptions } from 'ioredis';

import type { StoreSettings } from '../contract/settings';
import { backoff, connecting, loginOf, LOOKUP_WAIT_MS, reconnecting } from './options';

/** What the client of one server and that of a Cluster share. */
export type StoreClient = Redis | Cluster;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Who is asked alone. */
export interface Asked {
  readonly at: Endpoint;
  readonly by: 'server' | 'sentinel';
}

/** The client for tasks, not connected yet. It reconnects without end, and never queues: `Store` decides who waits. */
export function openClient(settings: StoreSettings): StoreClient {
  return settings.kind === 'cluster' ? openCluster(settings) : new Redis(oneServer(settings));
}

/**
 * A client of its own for channels, connecting at once. On a Cluster every node hears what is published on any of them, so it takes
 * the nodes in turn; ioredis' own subscriber does not notice a half-open socket and forgets channels that fail once.
 *
 * @param nodes the nodes of a Cluster as known by now
 */
export function openSubscriber(settings: StoreSettings, nodes: () => readonly Endpoint[]): Redis {
  const own: RedisOptions = { lazyConnect: false, autoResubscribe: false };
  if (settings.kind !== 'cluster') return new Redis({ ...oneServer(settings), ...own });
  let turn = Math.floor(Math.random() * settings.nodes.length);
  const next = (): Endpoint => {
    const all = nodes();
    return all[turn++ % all.length] as Endpoint;
  };
  const subscriber: Redis = new Redis({
    ...reconnecting(settings),
    ...next(),
    ...own,
    retryStrategy: (times) => {
      Object.assign(subscriber.options, next());
      return backoff(times);
    },
  });
  return subscriber;
}

/** A client for a single question to one server of the store, not connected yet; it never reconnects. */
export function openVisitor(settings: StoreSettings, { at, by }: Asked): Redis {
  const { sentinelUsername, sentinelPassword } = loginOf(settings);
  return new Redis({
    ...connecting(settings),
    ...(by === 'sentinel' && { username: sentinelUsername, password: sentinelPassword }),
    host: at.host,
    port: at.port,
    commandTimeout: LOOKUP_WAIT_MS,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
}

/** Makes the next attempts to connect use the login of these settings. */
export function useLogin(client: StoreClient, settings: StoreSettings): void {
  const login = loginOf(settings);
  if (client instanceof Redis) {
    Object.assign(client.options, login);
    return;
  }
  // Nodes that are met later take theirs from the first; those that are known have a copy.
  Object.assign(client.options.redisOptions ?? {}, login);
  for (const node of client.nodes()) Object.assign(node.options, login);
}

/**
 * Ends connections that may be half-open, on which every later call would be lost as well; new ones follow. Of a Cluster all of them:
 * finding out that the next node is silent, too, would take as long again.
 */
export function dropConnections(client: StoreClient): void {
  if (client instanceof Redis) client.disconnect(true);
  else for (const node of client.nodes()) node.disconnect();
}

/** The nodes of a Cluster as it tells them, `master` for those that hold slots; none before it is connected, or of one server. */
export function nodesOf(client: StoreClient, role: 'all' | 'master'): Endpoint[] {
  if (client instanceof Redis) return [];
  return client.nodes(role).map(({ options: { host = '', port = 0 } }) => ({ host, port }));
}

/** Connections to each server that takes writes. */
export function primariesOf(client: StoreClient): Redis[] {
  return client instanceof Redis ? [client] : client.nodes('master');
}

function oneServer(settings: Exclude<StoreSettings, { kind: 'cluster' }>): RedisOptions {
  const options: RedisOptions = { ...reconnecting(settings), db: settings.database };
  if (settings.kind === 'standalone') {
    return { ...options, host: settings.host, port: settings.port };
  }
  return {
    ...options,
    sentinels: settings.sentinels.map(({ host, port }) => ({ host, port })),
    name: settings.name,
    ...(options.tls && { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
    sentinelRetryStrategy: backoff,
    // Without it a Sentinel that accepts and never answers is waited for without end.
    sentinelCommandTimeout: LOOKUP_WAIT_MS,
  };
}

function openCluster(settings: Extract<StoreSettings, { kind: 'cluster' }>): Cluster {
  const nodes = settings.nodes.map(({ host, port }) => ({ host, port }));
  const cluster = new Cluster(nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    redisOptions: connecting(settings),
    clusterRetryStrategy: backoff,
    slotsRefreshTimeout: LOOKUP_WAIT_MS,
    retryDelayOnTryAgain: 50,
    // As it is: one name that cannot be resolved would fail all of them, and certificates are made out to names.
    dnsLookup: (name, done) => done(null, name),
  });
  mendNodes(cluster);
  return cluster;
}

/** Two faults of ioredis 5.9.3 (ran). */
function mendNodes(cluster: Cluster): void {
  const open = new Set<Redis>();
  cluster.on('+node', (node: Redis) => {
    open.add(node);
    node.once('end', () => open.delete(node));
    // It drops the promise of the ASKING it sends: a target that is gone would end the process.
    const asking = node.asking.bind(node);
    node.asking = (async () => await asking().catch(() => undefined)) as typeof node.asking;
  });
  cluster.on('-node', () => {
    // A connection that ends late takes its successor out of the list, which would stay open for ever.
    const listed = new Set(cluster.nodes());
    for (const node of open) if (!listed.has(node) && node.status !== 'end') node.disconnect();
  });
}
