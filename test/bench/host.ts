/**
 * How fast one real n8n (single mode, SQLite) works through references: n8n's own RabbitMQ Trigger against this pack's, a No-Op
 * behind each. The same small references, a quorum queue, prefetch 100, ack after the run succeeded;
 * this pack with dedupe on. The queue is filled first; `host/throughput` says what a rate is.
 *
 * Arguments: --messages 2000 (built-in and batch 1) --batched 20000 (batch 25 and 100) --rounds 3 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { builtInTrigger, createBuiltInCredential } from '../support/builtInTrigger';
import { startSwarmWorld, triggerNode, type SwarmWorld } from '../support/swarmWorld';
import { median } from '../support/median';
import { n8nVersion } from '../support/programs';
import { declareThroughTrigger, NO_OP, throughput, type WorkflowNode } from './host/throughput';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    batched: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const PREFETCH = 100;

const WAYS = {
  builtin: { messages: Number(options.messages), batch: 0 },
  batch1: { messages: Number(options.messages), batch: 1 },
  batch25: { messages: Number(options.batched), batch: 25 },
  batch100: { messages: Number(options.batched), batch: 100 },
} as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];

const say = (text: string) => {
  if (!options.json) console.log(text);
};

async function n8nTrigger(world: SwarmWorld, queue: string): Promise<WorkflowNode> {
  const rabbitmq = await createBuiltInCredential(world.n8n.api, world.broker.port);
  return builtInTrigger(rabbitmq, queue, {
    acknowledge: 'executionFinishesSuccessfully',
    jsonParseBody: true,
    onlyContent: true,
    parallelMessages: PREFETCH,
  });
}

function ownTrigger(world: SwarmWorld, queue: string, batchSize: number): WorkflowNode {
  return triggerNode(world.credentials, queue, { prefetch: PREFETCH, options: { batchSize } });
}

async function measure(world: SwarmWorld, way: Way, round: number): Promise<number> {
  const { messages, batch } = WAYS[way];
  const queue = `${way}-${round}`;
  if (batch > 0) await declareThroughTrigger(world, queue);
  else await world.plain.declare(queue);
  const trigger = batch > 0 ? ownTrigger(world, queue, batch) : await n8nTrigger(world, queue);
  return await throughput(world, { queue, trigger, next: NO_OP, messages, prefetch: PREFETCH });
}

async function main(): Promise<void> {
  const world = await startSwarmWorld({ mode: 'single' });
  try {
    const taken: Record<Way, number[]> = { builtin: [], batch1: [], batch25: [], batch100: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const way of NAMES) {
        const rate = await measure(world, way, round);
        taken[way].push(rate);
        say(`round ${round + 1} ${way}: ${rate.toFixed(1)} messages a second`);
      }
    }
    report(taken, world.broker.version);
  } finally {
    await world.stop();
  }
}

function report(taken: Record<Way, number[]>, rabbitmq: string): void {
  const rates = Object.fromEntries(
    NAMES.map((way) => [way, Math.round(median(taken[way]) * 10) / 10]),
  ) as Record<Way, number>;
  const ratio = (way: Way) => Math.round((rates[way] / rates.builtin) * 100) / 100;
  const settings = {
    n8n: n8nVersion(),
    node: process.version,
    rabbitmq,
    mode: 'single, SQLite',
    queue: 'quorum',
    prefetch: PREFETCH,
    dedupe: true,
    rounds: ROUNDS,
    messages: WAYS.builtin.messages,
    batched: WAYS.batch25.messages,
    cpus: availableParallelism(),
  };
  say(JSON.stringify(settings, null, 2));
  console.log(
    JSON.stringify({
      bench: 'host',
      settings,
      rates,
      ratios: {
        batch1_vs_builtin: ratio('batch1'),
        batch25_vs_builtin: ratio('batch25'),
        batch100_vs_builtin: ratio('batch100'),
      },
    }),
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
