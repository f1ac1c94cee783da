/**
 * Groups of children that are fanned out, worked on and joined, by the engine alone, without n8n: masters and agents in processes of
 * their own, a quorum queue each, one RabbitMQ, one Redis that writes each command to disk.
 *
 * - calm: so many groups at once; how long a join takes from the end of the last child that decides it until RabbitMQ has confirmed it,
 *   by the clock of Redis
 * - faults: the same with a share of children failing and a share published twice, while processes of both kinds are killed and started
 *   again, and RabbitMQ and Redis restart; whether each group was joined, and how often without a kill in the join's run
 * - speedup: three agents of 2 s each, side by side and in turn
 * - sizes: one group of 1,000 and one of 10,000 children: seconds to fan out and to join, bytes in Redis for each child, the state of its task
 *   included
 *
 * Arguments: --groups 100 --children 100 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { quantile } from '../support/quantile';
import { startBenchWorld, type BenchWorld } from './swarm/world';

const { values: options } = parseArgs({
  options: {
    groups: { type: 'string', default: '100' },
    children: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const GROUPS = Number(options.groups);
const CHILDREN = Number(options.children);
/** One of so many: 5 %. */
const ONE_OF = 20;
const AGENT_MS = 2000;
const SIZES = [1000, 10_000];
const LIMIT_MS = 300_000;

const say = (text: string) => {
  if (!options.json) console.log(text);
};

const round = (value: number, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;

function names(of: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${of}-${index}`);
}

/** Waits for the joins of these masters. */
async function joined(world: BenchWorld, masters: readonly string[]): Promise<void> {
  const { ledger } = world;
  const isJoined = (name: string) => {
    const group = ledger.groups.get(name);
    return group !== undefined && ledger.joins(group) > 0;
  };
  await ledger.until(() => masters.every(isJoined), LIMIT_MS);
}

async function calm(world: BenchWorld) {
  const masters = names('calm', GROUPS);
  const began = performance.now();
  await world.send(masters, { children: CHILDREN, oneFailsOf: 0, oneTwiceOf: 0, worksMs: 5 });
  await joined(world, masters);
  const seconds = (performance.now() - began) / 1000;
  const delays = await world.joinDelays(masters);
  return {
    join_delay_p50_ms: quantile(delays, 0.5),
    join_delay_p99_ms: quantile(delays, 0.99),
    children_a_second: Math.round((GROUPS * CHILDREN) / seconds),
  };
}

async function faults(world: BenchWorld) {
  const {
    ledger,
    masters: [master],
    agents: [agent],
    rabbit,
    redis,
  } = world;
  const masters = names('faults', GROUPS);
  const half = Math.ceil(GROUPS / 2);
  const plan = { children: CHILDREN, oneFailsOf: ONE_OF, oneTwiceOf: ONE_OF, worksMs: 20 };
  const again = async (one = agent) => {
    if (!one) return;
    await one.kill();
    ledger.killed(one);
    await one.start();
  };
  await world.send(masters.slice(0, half), plan);
  await again(master);
  await again(agent);
  await rabbit.restart();
  await world.send(masters.slice(half), plan);
  await redis.kill();
  await redis.start();
  await again(agent);
  await again(master);
  await joined(world, masters);
  // A second join would come with a lease, or with a message that comes back.
  await delay(10_000);
  const joins = masters.map((name) => ledger.joins(ledger.groups.get(name) ?? ''));
  const succeed = CHILDREN - Math.ceil(CHILDREN / ONE_OF);
  const counted = masters.filter(
    (name) => ledger.done.get(ledger.groups.get(name) ?? '') === succeed,
  );
  return {
    joined_once: joins.filter((count) => count === 1).length,
    joined_never: joins.filter((count) => count === 0).length,
    joined_twice: joins.filter((count) => count > 1).length,
    counts_right: counted.length,
  };
}

/** @returns seconds until the join */
async function together(name: string, prefetch: number): Promise<number> {
  const world = await startBenchWorld({
    masters: { count: 1, prefetch: 1 },
    agents: { count: 1, prefetch },
  });
  try {
    const began = performance.now();
    await world.send([name], { children: 3, oneFailsOf: 0, oneTwiceOf: 0, worksMs: AGENT_MS });
    await joined(world, [name]);
    return (performance.now() - began) / 1000;
  } finally {
    await world.stop();
  }
}

async function sizes(world: BenchWorld) {
  const { ledger } = world;
  const figures: Record<string, object> = {};
  for (const children of SIZES) {
    const name = `size-${children}`;
    const before = await world.memory();
    const began = performance.now();
    await world.send([name], { children, oneFailsOf: 0, oneTwiceOf: 0, worksMs: 0 });
    await ledger.until(() => ledger.groups.has(name), LIMIT_MS);
    const fannedOut = (performance.now() - began) / 1000;
    await joined(world, [name]);
    const seconds = (performance.now() - began) / 1000;
    const bytes = ((await world.memory()) - before) / children;
    figures[children] = {
      fan_out_s: round(fannedOut, 2),
      joined_s: round(seconds, 2),
      bytes_a_child: Math.round(bytes),
    };
  }
  return figures;
}

async function main(): Promise<void> {
  const world = await startBenchWorld({
    masters: { count: 2, prefetch: 10 },
    agents: { count: 2, prefetch: 200 },
  });
  try {
    const settings = {
      children: CHILDREN,
      processes: { masters: 2, agents: 2 },
      rabbitmq: world.rabbit.version,
      redis: await world.redis.version(),
      node: process.version,
      cpus: availableParallelism(),
    };
    say(JSON.stringify(settings));
    const [quiet, ill, large] = [await calm(world), await faults(world), await sizes(world)];
    say(JSON.stringify({ quiet, ill, large }));
    const [side, turn] = [await together('side', 3), await together('turn', 1)];
    console.log(
      JSON.stringify({
        bench: 'swarm',
        settings,
        groups: GROUPS,
        ...ill,
        ...quiet,
        speedup_3_agents: round(turn / side, 2),
        sizes: large,
      }),
    );
  } finally {
    await world.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
