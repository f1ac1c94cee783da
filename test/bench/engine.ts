/**
 * How fast the engine alone works through references, without n8n: the whole path of a delivery (decode, admit, run, settle) with runs
 * that end at once, against what its parts can do by themselves. The same machine, the same servers, all sides in turns.
 *
 * - amqplib: consume and ack of the same messages, a quorum queue, nothing else
 * - engine: the consumer of src with dedupe and leases, batch 1, a quorum queue
 * - bullmq: a BullMQ worker over jobs of the same data, added with deduplication, with a limiter that never limits
 * - beside: with `--beside <folder>` the engine of another build, such as the one before a change
 *
 * Each side has a process of its own, for all its rounds. Prefetch and concurrency are the same. A queue is filled before its clock
 * starts; the clock runs from the first consume to the last ack or completion. The store is emptied before each turn. Each side has a
 * turn before the first round that does not count.
 *
 * Arguments: --messages 50000 --rounds 3 --in-hand 100 --beside <folder of a built pack> --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { dependencies, devDependencies } from '../../package.json';
import { median } from '../support/median';
import { quantile } from '../support/quantile';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';
import { startFilling, type Filling } from './engine/filling';
import type { Taken } from './engine/side';
import { startSide, type SideName, type SideProcess } from './engine/sideProcess';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    'in-hand': { type: 'string', default: '100' },
    beside: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const MESSAGES = Number(options.messages);
const ROUNDS = Number(options.rounds);
const IN_HAND = Number(options['in-hand']);
const NAMES: readonly SideName[] = [
  'amqplib',
  'engine',
  'bullmq',
  ...(options.beside ? (['beside'] as const) : []),
];
const BUILD = join(__dirname, '..', '..', 'dist');

const say = (text: string) => {
  if (!options.json) console.log(text);
};

async function turn(
  name: SideName,
  side: SideProcess,
  filling: Filling,
  round: number,
): Promise<Taken> {
  const queue = `${name}-${round}`;
  const ask = { queue, messages: MESSAGES };
  await filling.forget();
  await side.ask({ act: 'declare', ...ask });
  await (name === 'bullmq' ? filling.jobs : filling.messages)(queue, MESSAGES);
  const { taken } = await side.ask({ act: 'work', ...ask });
  if (!taken) throw new Error(`${name} did not say how long it took`);
  if (name !== 'bullmq') await filling.remove(queue);
  return taken;
}

async function main(): Promise<void> {
  const rabbit = await startRabbitMq();
  const redis = await startRedis();
  try {
    const place = { brokerUrl: rabbit.url, storeUrl: redis.url, inHand: IN_HAND };
    const filling = await startFilling(place);
    const sides: [SideName, SideProcess, Taken[]][] = [];
    for (const name of NAMES) {
      const build = name === 'beside' ? (options.beside ?? '') : BUILD;
      sides.push([name, await startSide(name, place, build), []]);
    }
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [name, side, all] of sides) {
        const taken = await turn(name, side, filling, round);
        if (round === 0) continue;
        all.push(taken);
        const rate = Math.round((MESSAGES / taken.ms) * 1000);
        say(`round ${round} ${name.padEnd(8)}${String(rate).padStart(7)} messages a second`);
      }
    }
    for (const [, side] of sides) side.stop();
    await filling.close();
    await report(sides, rabbit.version, await redis.version());
  } finally {
    await redis.stop();
    await rabbit.stop();
  }
}

async function report(
  sides: readonly [SideName, SideProcess, Taken[]][],
  rabbitmq: string,
  redis: string,
): Promise<void> {
  const medians = (figure: (taken: Taken) => number) =>
    Object.fromEntries(sides.map(([name, , all]) => [name, median(all.map(figure))])) as Record<
      SideName,
      number
    >;
  const rates = medians(({ ms }) => Math.round((MESSAGES / ms) * 1000));
  const cpu = medians(({ cpuMs }) => Math.round((cpuMs / MESSAGES) * 1000));
  const ratio = (name: SideName) => Math.round((rates.engine / rates[name]) * 100) / 100;
  const times = new Map(sides.map(([name, , all]) => [name, all.map(({ ms }) => ms)]));
  const middle = (values: readonly number[]) =>
    [0.25, 0.75].map((share) => Math.round(quantile(values, share) * 100) / 100);
  /** Turn beside turn: what the machine does meanwhile slows both. */
  const pairs = (name: SideName) =>
    middle((times.get(name) ?? []).map((ms, at) => ms / (times.get('engine')?.[at] ?? NaN)));
  const settings = {
    messages: MESSAGES,
    rounds: ROUNDS,
    prefetch: IN_HAND,
    concurrency: IN_HAND,
    batch: 1,
    queue: 'quorum',
    dedupe: true,
    processes: 'one a side',
    rabbitmq,
    redis,
    node: process.version,
    // Pinned exactly, so what is asked for is what is there.
    amqplib: dependencies.amqplib,
    bullmq: devDependencies.bullmq,
    cpus: availableParallelism(),
  };
  say(JSON.stringify(settings, null, 2));
  console.log(
    JSON.stringify({
      bench: 'engine',
      settings,
      rates,
      // A quarter of the turns is below, and a quarter above.
      rates_middle_half: Object.fromEntries(
        [...times].map(([name, all]) => [name, middle(all.map((ms) => (MESSAGES / ms) * 1000))]),
      ),
      cpu_us_per_message: cpu,
      ratios: {
        vs_amqplib: ratio('amqplib'),
        vs_bullmq: ratio('bullmq'),
        ...(options.beside && {
          vs_beside: ratio('beside'),
          vs_beside_middle_half: pairs('beside'),
        }),
      },
    }),
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
