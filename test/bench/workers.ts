/**
 * How fast a real n8n in queue mode (PostgreSQL, Bull) works through references with 1, 2 and 4 workers of 10 slots: with a No-Op behind
 * the trigger, which costs nothing but what n8n itself costs, and with a wait of some seconds, which fills slots and costs no CPU, as a call
 * of a model does.
 *
 * One n8n for all; workers are stopped and started between turns. CPU a task of the main and of all workers is read from /proc: Linux
 * alone. `per_worker` is the rate of a worker over that of one that is alone.
 *
 * Arguments: --messages 400 (No-Op) --seconds 5 (of the wait) --rounds 1 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { median } from '../support/median';
import { n8nVersion } from '../support/programs';
import { startSwarmWorld, triggerNode, type SwarmWorld } from '../support/swarmWorld';
import { cpuMsOf } from './growth/servers';
import { declareThroughTrigger, NO_OP, throughputWith, type WorkflowNode } from './host/throughput';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const MESSAGES = Number(options.messages);
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);

/** The first turn is that of all, which stand by then. */
const WORKERS = [4, 2, 1];
const ALL = Math.max(...WORKERS);
/** n8n's default. */
const SLOTS = 10;
/** Tasks in hand for each slot. What is in hand at the end of a turn is over before the next one. */
const IN_HAND = 2;
/** Times that each slot is filled with a wait. */
const WAITS = 4;

const say = (text: string) => {
  if (!options.json) console.log(text);
};

const WAIT: WorkflowNode = {
  name: 'Wait',
  type: 'n8n-nodes-base.wait',
  typeVersion: 1.1,
  parameters: { resume: 'timeInterval', amount: SECONDS, unit: 'seconds' },
};

const WAYS = { light: NO_OP, waiting: WAIT };
type Way = keyof typeof WAYS;

interface Taken {
  readonly rate: number;
  /** CPU a task, ms. */
  readonly mainMs: number;
  readonly workersMs: number;
}

const workersOf = (count: number) => Array.from({ length: count }, (_, index) => `worker${index}`);

async function measure(world: SwarmWorld, way: Way, count: number, round: number): Promise<Taken> {
  const queue = `${way}-${count}-${round}`;
  const counted = way === 'light' ? MESSAGES : WAITS * SLOTS * count;
  const prefetch = IN_HAND * SLOTS * count;
  const { n8n } = world;
  await declareThroughTrigger(world, queue);
  const cpu = async () => ({
    main: await cpuMsOf(n8n.pid('main')),
    workers: await Promise.all(workersOf(count).map((name) => cpuMsOf(n8n.pid(name)))),
  });
  const { rate, before, after } = await throughputWith(
    world,
    {
      queue,
      trigger: triggerNode(world.credentials, queue, { prefetch }),
      next: WAYS[way],
      messages: counted + prefetch,
      prefetch,
    },
    cpu,
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    rate,
    mainMs: (after.main - before.main) / counted,
    workersMs: (sum(after.workers) - sum(before.workers)) / counted,
  };
}

/** Stops those that are too many, and starts those that are missing. */
async function scaleTo(world: SwarmWorld, from: number, count: number): Promise<void> {
  for (const name of workersOf(ALL).slice(count, from)) await world.n8n.stopProcess(name);
  await Promise.all(
    workersOf(count)
      .slice(from)
      .map((name) => world.n8n.restart(name)),
  );
}

async function main(): Promise<void> {
  const world = await startSwarmWorld({ mode: 'queue', workers: ALL });
  try {
    const taken = new Map<string, Taken[]>();
    let standing = ALL;
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const count of WORKERS) {
        await scaleTo(world, standing, count);
        standing = count;
        for (const way of Object.keys(WAYS) as Way[]) {
          const one = await measure(world, way, count, round);
          taken.set(`${way} ${count}`, [...(taken.get(`${way} ${count}`) ?? []), one]);
          say(`round ${round}, ${way}, ${count} workers: ${one.rate.toFixed(1)} tasks a second`);
        }
      }
    }
    const rateOf = (way: Way, count: number) =>
      median((taken.get(`${way} ${count}`) ?? []).map(({ rate }) => rate));
    const told = (way: Way) =>
      Object.fromEntries(
        [...WORKERS].reverse().map((count) => {
          const all = taken.get(`${way} ${count}`) ?? [];
          const rate = rateOf(way, count);
          const row = {
            tasks_per_second: rounded(rate),
            per_worker: rounded(rate / count / rateOf(way, 1)),
            main_cpu_ms: rounded(median(all.map(({ mainMs }) => mainMs))),
            workers_cpu_ms: rounded(median(all.map(({ workersMs }) => workersMs))),
          };
          return [count, row];
        }),
      );
    const settings = {
      ...{ n8n: n8nVersion(), node: process.version, rabbitmq: world.broker.version },
      ...{ mode: 'queue, PostgreSQL', slots: SLOTS, in_hand_per_slot: IN_HAND, rounds: ROUNDS },
      ...{ messages: MESSAGES, wait_seconds: SECONDS, cpus: availableParallelism() },
    };
    const result = { light: told('light'), waiting: told('waiting') };
    if (!options.json) for (const table of Object.values(result)) console.table(table);
    console.log(JSON.stringify({ bench: 'workers', settings, ...result }));
  } finally {
    await world.stop();
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
