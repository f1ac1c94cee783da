import { resolve } from 'node:path';

import { createBuiltInCredential } from '../support/builtInTrigger';
import { startFaultProxy, type FaultProxy } from '../support/faultProxy';
import { startN8n, type N8nHost } from '../support/n8n';
import type { CredentialReference } from '../support/n8nRecords';
import { startOwning } from '../support/owned';
import { connectPlainBroker, type PlainBroker } from '../support/plainBroker';
import { startRabbitMq, type RabbitMq } from '../support/rabbitMq';
import { startRedis, type RedisServer } from '../support/redis';
import { brokerCredential, storeCredential, type Credentials } from '../support/swarmWorld';
import { HEARTBEAT_SECONDS } from './limits';
import { startRecorder, type Recorder } from './record';

/** n8n in queue mode, its own servers left alone, and the pack's behind proxies that can be cut. */
export interface Stage {
  readonly n8n: N8nHost;
  readonly broker: RabbitMq;
  readonly redis: RedisServer;
  readonly toBroker: FaultProxy;
  readonly toRedis: FaultProxy;
  readonly recorder: Recorder;
  readonly credentials: Credentials;
  /** For n8n's own RabbitMQ nodes. */
  readonly builtIn: CredentialReference;
  /** A plain client past the proxy, closed after the act: the broker comes and goes. */
  withBroker<T>(act: (plain: PlainBroker) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Folder of the pack that the workers load; the main's by default. */
  readonly workerPack?: string | undefined;
}

const REPOSITORY = resolve(__dirname, '../..');

export function startStage({ workerPack }: StageOptions): Promise<Stage> {
  return startOwning(async ({ own, stop }) => {
    const [broker, redis, recorder] = await Promise.all([
      own(startRabbitMq()),
      own(startRedis({ appendOnly: true })),
      own(startRecorder()),
    ]);
    const toBroker = await own(startFaultProxy({ port: broker.port }));
    const toRedis = await own(startFaultProxy({ port: redis.port }));
    const n8n = await own(
      startN8n({
        mode: 'queue',
        workers: 2,
        packDist: REPOSITORY,
        workerPack,
        env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none', EXECUTIONS_DATA_SAVE_ON_ERROR: 'none' },
      }),
    );
    const { api } = n8n;
    const credentials: Credentials = {
      agentSwarmRabbitMqApi: await api.createCredential(
        brokerCredential(toBroker.port, { heartbeatSeconds: HEARTBEAT_SECONDS }),
      ),
      agentSwarmRedisApi: await api.createCredential(storeCredential(toRedis.port)),
    };
    const builtIn = await createBuiltInCredential(api, toBroker.port);
    return {
      n8n,
      broker,
      redis,
      toBroker,
      toRedis,
      recorder,
      credentials,
      builtIn,
      async withBroker(act) {
        const plain = await connectPlainBroker(broker.url, broker.node);
        try {
          return await act(plain);
        } finally {
          await plain.close();
        }
      },
      stop,
    };
  });
}
