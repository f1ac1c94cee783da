import { resolve } from 'node:path';

import { startN8n, type N8nHost, type N8nOptions } from './n8n';
import type { CredentialReference, WorkflowDraft } from './n8nRecords';
import { startOwning } from './owned';
import { connectPlainBroker, type PlainBroker } from './plainBroker';
import { connectPlainStore, type PlainStore } from './plainStore';
import { startRabbitMq, type RabbitMq } from './rabbitMq';
import { startRedis, type RedisServer } from './redis';
import { startWitness, type Witness, type WitnessOptions } from './witness';

/** The pack in a real n8n on real servers, with a witness outside of n8n and plain clients beside it. */
export interface SwarmWorld {
  readonly n8n: N8nHost;
  readonly broker: RabbitMq;
  readonly redis: RedisServer;
  readonly witness: Witness;
  readonly plain: PlainBroker;
  readonly keys: PlainStore;
  readonly credentials: Credentials;
  stop(): Promise<void>;
}

export type Credentials = Record<
  'agentSwarmRabbitMqApi' | 'agentSwarmRedisApi',
  CredentialReference
>;

const REPOSITORY = resolve(__dirname, '../..');
export const STORE_PREFIX = 'e2e';

export interface SwarmWorldOptions extends Pick<
  N8nOptions,
  'mode' | 'workers' | 'env' | 'postgres'
> {
  witness?: WitnessOptions;
}

export function startSwarmWorld({
  witness: seen,
  ...options
}: SwarmWorldOptions): Promise<SwarmWorld> {
  return startOwning(async ({ own, onStop, stop }) => {
    const [broker, redis, witness] = await Promise.all([
      own(startRabbitMq()),
      own(startRedis()),
      own(startWitness(seen)),
    ]);
    const plain = await connectPlainBroker(broker.url, broker.node);
    onStop(() => plain.close());
    const keys = await connectPlainStore(redis.url, STORE_PREFIX);
    onStop(() => keys.close());
    const n8n = await own(startN8n({ packDist: REPOSITORY, ...options }));
    const credentials: Credentials = {
      agentSwarmRabbitMqApi: await n8n.api.createCredential(brokerCredential(broker.port)),
      agentSwarmRedisApi: await n8n.api.createCredential(storeCredential(redis.port)),
    };
    return { n8n, broker, redis, witness, plain, keys, credentials, stop };
  });
}

export function brokerCredential(port: number, more: object = {}) {
  return {
    name: 'broker',
    type: 'agentSwarmRabbitMqApi',
    data: { hosts: `127.0.0.1:${port}`, username: 'guest', password: 'guest', ...more },
  };
}

export function storeCredential(port: number, more: object = {}) {
  return {
    name: 'store',
    type: 'agentSwarmRedisApi',
    data: { host: '127.0.0.1', port, prefix: STORE_PREFIX, ...more },
  };
}

export const TRIGGER = 'n8n-nodes-agent-swarm.agentSwarmTrigger';
export const ACTION = 'n8n-nodes-agent-swarm.agentSwarm';

type Node = WorkflowDraft['nodes'][number];

/** A chain of nodes, each connected to the next. */
export function chain(
  name: string,
  nodes: readonly Omit<Node, 'id' | 'position'>[],
): WorkflowDraft {
  const placed = nodes.map((node, index) => ({
    ...node,
    id: `node-${index}`,
    position: [index * 200, 0] as [number, number],
  }));
  const connections: WorkflowDraft['connections'] = {};
  placed.slice(1).forEach((node, index) => {
    const from = placed[index] as Node;
    connections[from.name] = { main: [[{ node: node.name, type: 'main', index: 0 }]] };
  });
  return { name, nodes: placed, connections, settings: {} };
}

export function triggerNode(
  credentials: Credentials,
  queue: string,
  parameters: object = {},
): Omit<Node, 'id' | 'position'> {
  return {
    name: 'Trigger',
    type: TRIGGER,
    typeVersion: 1,
    parameters: { queue, prefetch: 20, ...parameters },
    credentials,
  };
}

/** Tells the witness of each task: the side effect whose count must be one. */
export function effectNode(witness: Witness): Omit<Node, 'id' | 'position'> {
  return {
    name: 'Effect',
    type: 'n8n-nodes-base.httpRequest',
    typeVersion: 4.2,
    parameters: {
      method: 'POST',
      url: `=${witness.url}/effects/{{ $json.task_id }}`,
      sendBody: true,
      specifyBody: 'json',
      jsonBody: '={{ JSON.stringify($json) }}',
      options: {},
    },
  };
}

export function completeNode(credentials: Credentials): Omit<Node, 'id' | 'position'> {
  return {
    name: 'Complete',
    type: ACTION,
    typeVersion: 1,
    parameters: { resource: 'task', operation: 'complete' },
    credentials: { agentSwarmRedisApi: credentials.agentSwarmRedisApi },
  };
}
