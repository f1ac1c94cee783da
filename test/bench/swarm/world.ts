import { Redis } from 'ioredis';

import { brokerSchema, storeSchema } from '../../../src/contract/settings';
import { Keys } from '../../../src/store/keys';
import { startOwning } from '../../support/owned';
import { connectPlainBroker } from '../../support/plainBroker';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis, type RedisServer } from '../../support/redis';
import { MASTERS, type Member, type Plan } from './asks';
import { Ledger } from './ledger';
import { MemberProcess } from './member';

/** Processes of masters and agents on servers of their own. */
export interface BenchWorld {
  readonly rabbit: RabbitMq;
  readonly redis: RedisServer;
  readonly ledger: Ledger;
  readonly masters: readonly MemberProcess[];
  readonly agents: readonly MemberProcess[];
  /** Publishes masters under these names. */
  send(names: readonly string[], plan: Plan): Promise<void>;
  /** From the closing of each group to the confirm of its join, ms of the store's clock. */
  joinDelays(names: readonly string[]): Promise<number[]>;
  /** Bytes that the store holds. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

const PREFIX = 'bench';

export function startBenchWorld(
  processes: Record<Member['role'], { count: number; prefetch: number }>,
): Promise<BenchWorld> {
  return startOwning(async ({ own, onStop, stop }) => {
    const [rabbit, redis] = await Promise.all([
      own(startRabbitMq()),
      // What was answered outlives a kill.
      own(startRedis({ appendOnly: true })),
    ]);
    const broker = brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] });
    const { host, port } = redis;
    const store = storeSchema.parse({ kind: 'standalone', host, port, prefix: PREFIX });
    const ledger = new Ledger();
    const start = async (role: Member['role']) => {
      const { count, prefetch } = processes[role];
      const all = Array.from(
        { length: count },
        () =>
          new MemberProcess({ role, broker, store, prefetch }, (news, from) =>
            ledger.hear(news, from),
          ),
      );
      onStop(() => Promise.all(all.map((one) => one.kill())));
      await Promise.all(all.map((one) => one.start()));
      return all;
    };
    const [masters, agents] = [await start('masters'), await start('agents')];
    const keys = new Keys(PREFIX);
    const ask = async <T>(act: (client: Redis) => Promise<T>): Promise<T> => {
      const client = new Redis(redis.url);
      try {
        return await act(client);
      } finally {
        client.disconnect();
      }
    };
    return {
      rabbit,
      redis,
      ledger,
      masters,
      agents,
      async send(names, plan) {
        const plain = await connectPlainBroker(rabbit.url, rabbit.node);
        const publish = (task_id: string) =>
          plain.publish(
            MASTERS,
            { task_id, intent: 'research', data: plan },
            { messageId: task_id },
          );
        await Promise.all(names.map(publish)).finally(() => plain.close());
      },
      joinDelays: (names) =>
        ask((client) =>
          Promise.all(
            names.map(async (name) => {
              const [base = ''] = keys.group(ledger.groups.get(name) ?? '');
              const [closed, sent] = await client.hmget(base, 'closed', 'sent');
              return Number(sent) - Number(closed);
            }),
          ),
        ),
      memory: () =>
        ask(async (client) => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])),
      stop,
    };
  });
}
