/**
 * A node of a RabbitMQ cluster is taken out of service while tasks flow, as for an upgrade of it: `rabbitmq-upgrade drain`, later
 * `revive`. Three consumers, each connected to another node, and a producer that is on the drained one, which leads the queue.
 *
 * Told: tasks that were lost or ran more than once, the longest time in which no task at all ended, and in which none ended at the
 * consumer of the drained node; the longest time that a batch of 100 took to be dispatched. Exit code 1 when a task was lost, or ran twice.
 *
 * Arguments: --tasks 20000 --json (the last line alone)
 */
import { EventEmitter, once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { closeIdlePublishers } from '../../src/broker/pool';
import { brokerSchema, storeSchema } from '../../src/contract/settings';
import { countRuns, steadyHost } from '../integration/broker/manyTasks';
import { dispatchAll } from '../support/dispatchAll';
import { startOwning } from '../support/owned';
import { connectPlainBroker } from '../support/plainBroker';
import type { RabbitMq } from '../support/rabbitMq';
import { startRabbitMqCluster } from '../support/rabbitMqCluster';
import { startRedis } from '../support/redis';
import { startConsumer, type Happened } from '../support/world';

const { values: options } = parseArgs({
  options: {
    tasks: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});
const TASKS = Number(options.tasks);
const QUEUE = 'drained';
/** Three consumers with 20 in hand each: 600 tasks a second. */
const RUN_MS = 100;
const PREFETCH = 20;
const BATCH = 100;
/** Tasks that wait at most, so that they flow all the time. */
const MOST_WAITING = 2000;
const DRAIN_AT = 0.3;
const REVIVE_AT = 0.65;

const say = (text: string) => {
  if (!options.json) console.log(text);
};
const ms = (value: number) => Math.round(value);

/** Between two of these times that follow each other. */
function longestGap(times: readonly number[]): number {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.max(0, ...sorted.slice(1).map((time, index) => time - (sorted[index] ?? time)));
}

async function main(): Promise<void> {
  const { cluster, redis, stop } = await startOwning(async ({ own, stop }) => ({
    redis: await own(startRedis()),
    cluster: await own(startRabbitMqCluster()),
    stop,
  }));
  try {
    const [first, second, third] = cluster.members;
    const store = storeSchema.parse({ kind: 'standalone', host: redis.host, port: redis.port });
    const ways = [
      [first, second, third],
      [second, third, first],
      [third, first, second],
    ];
    const through = (nodes: readonly RabbitMq[]) =>
      brokerSchema.parse({ hosts: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) });

    let done = 0;
    const ends = new EventEmitter();
    const consumers = [];
    for (const nodes of ways) {
      const settings = { queue: QUEUE, prefetch: PREFETCH };
      const endedAt: number[] = [];
      const host = steadyHost(() => ({ kind: 'succeeded' }), RUN_MS);
      const tell = (name: Happened['name'], event: Happened['event']) => {
        if (name !== 'settled' || !('verdict' in event)) return;
        if (event.verdict.kind !== 'done') return;
        done += 1;
        endedAt.push(performance.now());
        ends.emit('done');
      };
      const servers = { broker: through(nodes), store };
      consumers.push({ endedAt, ...(await startConsumer(servers, settings, host, { tell })) });
    }
    const reached = async (count: number) => {
      while (done < count) await once(ends, 'done');
    };

    let longestDispatchMs = 0;
    let refused = 0;
    const produce = async () => {
      for (let at = 0; at < TASKS; at += BATCH) {
        await reached(at - MOST_WAITING);
        const began = performance.now();
        const asked = Array.from({ length: Math.min(BATCH, TASKS - at) }, (_, index) => ({
          to: { kind: 'queue' as const, queue: QUEUE },
          intent: 'x',
          taskId: `t${at + index}`,
        }));
        const results = await dispatchAll(through([first, second, third]), asked);
        refused += results.filter(({ ok }) => !ok).length;
        longestDispatchMs = Math.max(longestDispatchMs, performance.now() - began);
      }
    };
    const producing = produce();
    // A failure is told where it is waited for.
    producing.catch(() => undefined);

    await reached(TASKS * DRAIN_AT);
    const ledBefore = (await cluster.leaderOf(QUEUE, second)) === first;
    let began = performance.now();
    await first.drain();
    const drainMs = performance.now() - began;
    say(`drained after ${done} tasks, in ${ms(drainMs)} ms`);
    await reached(TASKS * REVIVE_AT);
    began = performance.now();
    await first.revive();
    say(`revived after ${done} tasks, in ${ms(performance.now() - began)} ms`);
    await producing;
    await reached(TASKS - refused);

    for (const { close } of consumers) await close();
    const runs = countRuns(consumers.map(({ host }) => host));
    const plain = await connectPlainBroker(second.url, second.node);
    const left = await plain.depth(QUEUE);
    const dead = await plain.depth(`${QUEUE}.dead`);
    await plain.close();
    const lost = TASKS - refused - runs.size;
    const settings = {
      ...{ tasks: TASKS, consumers: ways.length, prefetch: PREFETCH, run_ms: RUN_MS },
      ...{ rabbitmq: first.version, redis: await redis.version() },
      ...{ node: process.version, cpus: availableParallelism() },
    };
    const result = {
      lost,
      ran_more_than_once: [...runs.values()].filter((count) => count > 1).length,
      not_dispatched: refused,
      left_in_queue: left.ready,
      dead_letters: dead.ready,
      led_by_drained_node: ledBefore,
      drain_ms: ms(drainMs),
      longest_gap_ms: ms(longestGap(consumers.flatMap(({ endedAt }) => endedAt))),
      longest_gap_of_its_consumer_ms: ms(longestGap(consumers[0]?.endedAt ?? [])),
      longest_dispatch_of_100_ms: ms(longestDispatchMs),
    };
    say(JSON.stringify(settings, null, 2));
    console.log(JSON.stringify({ bench: 'drain', settings, ...result }));
    const isWell = lost === 0 && left.ready === 0 && result.ran_more_than_once === 0;
    process.exitCode = isWell ? 0 : 1;
  } finally {
    await closeIdlePublishers();
    await stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
