import { startRabbitMq, type RabbitMq } from './rabbitMq';
import { startRabbitMqCluster } from './rabbitMqCluster';
import { startRedis, type RedisServer } from './redis';
import { startRedisCluster } from './redisCluster';
import { startSentinelSet } from './redisSentinel';
import type { StoreAddress } from './storeAddress';

type Stop = () => Promise<unknown>;

export interface SharedBroker {
  /** The node that tests connect to. */
  readonly node: RabbitMq['node'];
  /** For people: what it is. */
  readonly title: string;
  readonly stop: Stop;
}

export interface SharedStore {
  readonly address: StoreAddress;
  /** For people: what it is. */
  readonly title: string;
  readonly stop: Stop;
}

const BROKERS: Record<string, () => Promise<SharedBroker>> = {
  async single() {
    const { node, version, stop } = await startRabbitMq();
    return { node, title: `RabbitMQ ${version}`, stop };
  },
  async cluster() {
    const { members, stop } = await startRabbitMqCluster();
    const [{ node, version }] = members;
    return { node, title: `RabbitMQ ${version}, ${members.length} nodes`, stop };
  },
};

const STORES: Record<string, () => Promise<SharedStore>> = {
  async standalone() {
    const server = await startRedis();
    const { host, port, stop } = server;
    return { address: { kind: 'standalone', host, port }, title: await titleOf(server), stop };
  },
  async sentinel() {
    const { sentinels, name, servers, stop } = await startSentinelSet();
    const title = await titleOf(servers[0], 'Sentinel');
    return { address: { kind: 'sentinel', sentinels, name }, title, stop };
  },
  async cluster() {
    const { nodes, servers, stop } = await startRedisCluster();
    const title = await titleOf(servers[0], `Cluster of ${servers.length}`);
    return { address: { kind: 'cluster', nodes }, title, stop };
  },
};

/** @param kind one of AGENT_SWARM_TEST_BROKER */
export const startSharedBroker = (kind = 'single'): Promise<SharedBroker> => named(BROKERS, kind)();

/** @param kind one of AGENT_SWARM_TEST_STORE */
export const startSharedStore = (kind = 'standalone'): Promise<SharedStore> =>
  named(STORES, kind)();

async function titleOf(server: RedisServer | undefined, more?: string): Promise<string> {
  return [await server?.version(), more].filter(Boolean).join(', ');
}

function named<T>(all: Record<string, T>, kind: string): T {
  const found = all[kind];
  if (!found) throw new Error(`There is no ${kind} among ${Object.keys(all).join(', ')}`);
  return found;
}
