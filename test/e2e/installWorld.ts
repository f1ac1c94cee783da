import { resolve } from 'node:path';

import { runtimePackages } from '../../scripts/docs/runtimePackages';
import { messageOf } from '../../src/contract/errors';
import { startN8n, type N8nHost, type N8nOptions } from '../support/n8n';
import { startNpmRegistry, type NpmRegistry } from '../support/npmRegistry';
import { startOwning } from '../support/owned';
import { pack, packThePack } from '../support/packedPackages';
import { connectPlainBroker, type PlainBroker } from '../support/plainBroker';
import { connectPlainStore, type PlainStore } from '../support/plainStore';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';
import {
  ACTION,
  brokerCredential,
  chain,
  completeNode,
  effectNode,
  STORE_PREFIX,
  storeCredential,
  triggerNode,
  type Credentials,
} from '../support/swarmWorld';
import { startWitness, type Witness } from '../support/witness';
import { publish } from '../support/workflowNodes';

export const NAME = 'n8n-nodes-agent-swarm';
export const QUEUE = 'installed';

const REPOSITORY = resolve(__dirname, '../..');

export interface InstalledPackage {
  packageName: string;
  installedVersion: string;
  installedNodes: { type: string }[];
  updateAvailable?: string;
}

/** An n8n that the pack comes into by a way that users go, beside all that the pack needs. */
export interface InstallWorld {
  readonly n8n: N8nHost;
  readonly registry: NpmRegistry;
  readonly plain: PlainBroker;
  readonly witness: Witness;
  /** What the editor shows under Settings, Community nodes. */
  listed(): Promise<InstalledPackage[]>;
  /** Its buttons Install, Update and Uninstall. */
  install(): Promise<InstalledPackage>;
  update(version: string): Promise<InstalledPackage>;
  uninstall(): Promise<unknown>;
  /** Display names of the pack's nodes that n8n has. */
  nodes(): Promise<string[]>;
  /** What the test buttons of both credentials say. */
  testedCredentials(): Promise<string[]>;
  /** Publishes trigger -> effect -> Complete, and a webhook -> Dispatch. Gives the id of the first. */
  publishWorkflows(): Promise<string>;
  /** Calls the webhook of this process, which dispatches a task of this name. */
  dispatch(process: string, taskId: string): Promise<void>;
  /** Waits until the task is recorded in this state. */
  becomes(state: 'done' | 'retrying', taskId: string): Promise<void>;
  stop(): Promise<void>;
}

type Options = Pick<N8nOptions, 'mode' | 'workers' | 'webhooks' | 'env'> & {
  /** Every process starts with the pack copied to where it looks for packs. */
  copied?: boolean;
};

export function startInstallWorld({ copied, ...options }: Options): Promise<InstallWorld> {
  return startOwning(async ({ own, onStop, stop }) => {
    const [broker, redis, witness, registry] = await Promise.all([
      own(startRabbitMq()),
      own(startRedis()),
      own(startWitness()),
      own(startNpmRegistry()),
    ]);
    registry.publish(
      await packThePack(),
      ...(await pack(runtimePackages().map(({ folder }) => folder))),
    );
    const plain = await connectPlainBroker(broker.url, broker.node);
    onStop(() => plain.close());
    const keys = await connectPlainStore(redis.url, STORE_PREFIX);
    onStop(() => keys.close());
    const n8n = await own(
      startN8n({
        ...options,
        packDist: copied ? REPOSITORY : undefined,
        env: { ...registry.env, ...options.env },
      }),
    );
    const drafts = [brokerCredential(broker.port), storeCredential(redis.port)] as const;
    return {
      ...{ n8n, registry, plain, witness, stop },
      ...communityNodes(n8n),
      testedCredentials: () =>
        Promise.all(
          drafts.map(async (draft) => {
            const { id } = await n8n.api.createCredential(draft);
            return (await n8n.api.testCredential(id, draft)).status;
          }),
        ),
      async publishWorkflows() {
        const credentials: Credentials = {
          agentSwarmRabbitMqApi: await n8n.api.createCredential(drafts[0]),
          agentSwarmRedisApi: await n8n.api.createCredential(drafts[1]),
        };
        const effect = effectNode(witness);
        const nodes = [triggerNode(credentials, QUEUE), effect, completeNode(credentials)];
        const { id } = await publish(n8n, chain('consume', nodes));
        await publish(n8n, chain('dispatch', [webhook, dispatchNode(credentials)]));
        return id;
      },
      async dispatch(process, taskId) {
        const answer = await fetch(`${n8n.urlOf(process)}/webhook/tasks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ id: taskId }),
        });
        const text = await answer.text();
        if (!answer.ok || !text.includes(taskId)) throw new Error(`${answer.status}: ${text}`);
      },
      becomes: (state, taskId) => recorded(keys, state, taskId),
    };
  });
}

function communityNodes({ api }: N8nHost) {
  return {
    listed: () => api.rest<InstalledPackage[]>('GET', '/community-packages'),
    install: () => api.rest<InstalledPackage>('POST', '/community-packages', { name: NAME }),
    update: (version: string) =>
      api.rest<InstalledPackage>('PATCH', '/community-packages', { name: NAME, version }),
    uninstall: () => api.rest<unknown>('DELETE', `/community-packages?name=${NAME}`),
    async nodes() {
      const types = [
        'agentSwarm',
        'agentSwarmMonitorTrigger',
        'agentSwarmTrigger',
        'rateLimitedChatModel',
      ];
      const nodeInfos = types.map((type) => ({ name: `${NAME}.${type}`, version: 1 }));
      const found = await api
        .rest<{ displayName: string }[]>('POST', '/node-types', { nodeInfos })
        .catch((error: unknown) => {
          if (!messageOf(error).includes('Unrecognized node type')) throw error;
          return [];
        });
      return found.map(({ displayName }) => displayName);
    },
  };
}

/** No event tells of it: states are written by scripts in Redis. */
async function recorded(keys: PlainStore, state: string, taskId: string): Promise<void> {
  for (;;) {
    const found = (await keys.tasks()).find((key) => key.endsWith(`:${taskId}`));
    if (found && (await keys.hash(found)).state === state) return;
  }
}

const webhook = {
  name: 'Webhook',
  type: 'n8n-nodes-base.webhook',
  typeVersion: 2,
  webhookId: 'tasks',
  parameters: { httpMethod: 'POST', path: 'tasks', responseMode: 'lastNode', options: {} },
};

const dispatchNode = (credentials: Credentials) => ({
  name: 'Dispatch',
  type: ACTION,
  typeVersion: 1,
  parameters: {
    resource: 'task',
    operation: 'dispatch',
    to: 'queue',
    queue: QUEUE,
    intent: 'extract',
    options: { taskId: '={{ $json.body.id }}' },
  },
  credentials,
});
