/**
 * What a task costs, and what that grows with: how many wait in the queue, over how many queues they are spread, and how many processes
 * consume. Ways that are compared take turns in one run; each turn takes as many tasks, which end at once, without n8n.
 *
 * - depth: a queue in which so many wait, filled up again before each part of a turn
 * - queues: the same tasks over so many queues, consumed by one process, with 100 in hand of each
 * - processes: the same tasks in one queue, consumed by so many processes, with 100 in hand each
 * - drained: the largest depth consumed to its end, and what its tasks take in the memory of RabbitMQ and of Redis
 *
 * The clock runs from the moment when all consume until 95 % are done. CPU is that of consumers, RabbitMQ and Redis together, read from
 * /proc: Linux alone. A ratio is the cost of a size over that of the smallest.
 *
 * Arguments: --largest 1000000 --tasks 20000 --rounds 5 --parts depth,queues,processes,drained --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { median } from '../support/median';
import { startOwning } from '../support/owned';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';
import { startFilling } from './engine/filling';
import { startForked } from './forked/forked';
import {
  byDepth,
  byProcesses,
  byQueues,
  drain,
  IN_HAND,
  type Rows,
  type Scene,
} from './growth/parts';
import { figuresOf, type ConsumerProcess, type Figures } from './growth/sample';
import { watchServers } from './growth/servers';

const { values: options } = parseArgs({
  options: {
    largest: { type: 'string', default: '1000000' },
    tasks: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    parts: { type: 'string', default: 'depth,queues,processes,drained' },
    json: { type: 'boolean', default: false },
  },
});
const LARGEST = Number(options.largest);
const TASKS = Number(options.tasks);
const ROUNDS = Number(options.rounds);
const PARTS = options.parts.split(',');

const SMALLEST_DEPTH = 1000;
const QUEUES = [1, 10, 100];
const PROCESSES = [1, 2, 4, 8];

function depths(): number[] {
  const all: number[] = [];
  for (let depth = SMALLEST_DEPTH; depth <= LARGEST; depth *= 10) all.push(depth);
  return all;
}

interface Told extends Figures {
  /** Cost over that of the smallest size. */
  readonly cost_ratio: number;
  /** Messages that came again although their task was done, in all rounds. */
  readonly dropped: number;
}

/** The median of the rounds, for each size, and how it compares with the smallest. */
function told(rows: Rows): Record<string, Told> {
  const figures = [...rows].map(([size, all]) => {
    const each = all.map(figuresOf);
    const middle = (figure: keyof Figures) => median(each.map((one) => one[figure]));
    const row: Figures = {
      tasks_per_second: middle('tasks_per_second'),
      cpu_us_per_task: middle('cpu_us_per_task'),
      consumer_us: middle('consumer_us'),
      broker_us: middle('broker_us'),
      store_us: middle('store_us'),
    };
    const dropped = all.reduce((sum, one) => sum + one.dropped, 0);
    return { size, row, dropped };
  });
  const smallest = figures[0]?.row.cpu_us_per_task ?? NaN;
  const ratio = (us: number) => Math.round((us / smallest) * 100) / 100;
  return Object.fromEntries(
    figures.map(({ size, row, dropped }) => [
      size,
      { ...row, cost_ratio: ratio(row.cpu_us_per_task), dropped },
    ]),
  );
}

async function main(): Promise<void> {
  const stage = await startOwning(async ({ own, onStop, stop }) => {
    const [rabbit, redis] = await Promise.all([own(startRabbitMq()), own(startRedis())]);
    const place = { brokerUrl: rabbit.url, storeUrl: redis.url };
    const filling = await startFilling(place);
    onStop(() => filling.close());
    const servers = await watchServers(rabbit, redis);
    onStop(() => servers.close());
    const processes: ConsumerProcess[] = [];
    for (const _ of Array(Math.max(...PROCESSES)).keys()) {
      const host = join(__dirname, 'growth/consumerHost.ts');
      processes.push(await own<ConsumerProcess>(startForked(host, place)));
    }
    const versions = { rabbitmq: rabbit.version, redis: await redis.version() };
    return { filling, servers, processes, versions, stop };
  });
  const scene: Scene = {
    ...{ filling: stage.filling, servers: stage.servers, processes: stage.processes },
    ...{ tasks: TASKS, rounds: ROUNDS },
    say: (text) => {
      if (!options.json) console.log(text);
    },
  };
  try {
    const asked = (part: string) => PARTS.includes(part);
    const queues = asked('queues') && told(await byQueues(scene, QUEUES));
    const processes = asked('processes') && told(await byProcesses(scene, PROCESSES));
    const depth = asked('depth') && told(await byDepth(scene, depths()));
    const drained = asked('drained') && (await drain(scene, LARGEST));
    const settings = {
      ...{ tasks: TASKS, rounds: ROUNDS, dedupe: true, batch: 1, queue: 'quorum' },
      ...{ in_hand: IN_HAND },
      ...{ ...stage.versions, node: process.version, cpus: availableParallelism() },
    };
    const tables = [queues, processes, depth].filter((table) => table !== false);
    if (!options.json) for (const table of tables) console.table(table);
    const parts = { depth, queues, processes, drained };
    const result = Object.entries(parts).filter(([, part]) => part !== false);
    console.log(JSON.stringify({ bench: 'growth', settings, ...Object.fromEntries(result) }));
  } finally {
    await stage.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
