import type { Advice } from './advice';

export interface KedaTarget {
  /** Name of the Deployment of n8n's workers. */
  readonly deployment: string;
  readonly namespace: string;
  readonly queue: string;
  readonly vhost: string;
  /** Executions of one worker at once. */
  readonly slots: number;
  /** Prefix of n8n's own queue in Redis, QUEUE_BULL_PREFIX. */
  readonly bullPrefix: string;
  /** Database of it, QUEUE_BULL_REDIS_DB, and whether it is reached by TLS. */
  readonly bullDatabase: number;
  readonly bullTls: boolean;
  /** Name of the Secret with `rabbitmq-management-url` (with login) and `redis-address`, `redis-password` of n8n's own queue. */
  readonly secret: string;
}

/**
 * Manifests for KEDA: workers follow n8n's own queue (what waits and what runs), and the RabbitMQ queue (what waits and is in hand), never
 * above what the budget feeds. An execution that waits for its worker is no reason to stop it, so both lists of n8n's queue are counted.
 * Scaled to zero, the first message brings a worker back.
 */
export function kedaManifests({ workers }: Advice, target: KedaTarget): object[] {
  const { deployment, namespace, queue, vhost, slots, secret } = target;
  const list = (name: string, of: string) => ({
    type: 'redis',
    name,
    metadata: {
      ...{ listName: `${target.bullPrefix}:jobs:${of}`, listLength: String(slots) },
      ...{ databaseIndex: String(target.bullDatabase), enableTLS: String(target.bullTls) },
      activationListLength: '0',
    },
    authenticationRef: { name: `${deployment}-redis` },
  });
  return [
    authentication(`${deployment}-rabbitmq`, namespace, [
      { parameter: 'host', name: secret, key: 'rabbitmq-management-url' },
    ]),
    authentication(`${deployment}-redis`, namespace, [
      { parameter: 'address', name: secret, key: 'redis-address' },
      { parameter: 'password', name: secret, key: 'redis-password' },
    ]),
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: deployment, namespace },
      spec: {
        scaleTargetRef: { name: deployment },
        minReplicaCount: 0,
        maxReplicaCount: workers.most,
        pollingInterval: 15,
        // Longer than a short lull: a worker takes its time to start.
        cooldownPeriod: 300,
        advanced: {
          scalingModifiers: {
            formula: 'max(tasks, running + waiting)',
            target: String(slots),
            activationTarget: '0',
          },
          horizontalPodAutoscalerConfig: {
            behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
          },
        },
        triggers: [
          {
            type: 'rabbitmq',
            name: 'tasks',
            metadata: {
              // Over HTTP, because AMQP does not tell what is in hand. With its lanes.
              ...{ protocol: 'http', vhostName: vhost, useRegex: 'true', operation: 'sum' },
              queueName: `^${queue.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\.lane\\.\\d+)?$`,
              ...{ mode: 'QueueLength', value: String(slots), activationValue: '0' },
              excludeUnacknowledged: 'false',
            },
            authenticationRef: { name: `${deployment}-rabbitmq` },
          },
          list('waiting', 'wait'),
          list('running', 'active'),
        ],
      },
    },
  ];
}

interface SecretKey {
  readonly parameter: string;
  readonly name: string;
  readonly key: string;
}

const authentication = (name: string, namespace: string, secretTargetRef: SecretKey[]) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'TriggerAuthentication',
  metadata: { name, namespace },
  spec: { secretTargetRef },
});
