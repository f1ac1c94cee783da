/**
 * How fast one real n8n (single mode, SQLite) works through references: n8n's own RabbitMQ Trigger against this pack's, a No-Op
 * behind each. The same small references, a quorum queue, prefetch 100, ack after the run succeeded; this pack with dedupe on.
 *
 * The queue is filled first. A rate is (messages - prefetch) / (time from a full window to an empty queue): when the window is full
 * nothing is acked yet, and when nothing is ready any more all but a window's worth is.
 *
 * Arguments: --messages 2000 (built-in and batch 1) --batched 20000 (batch 25 and 100) --rounds 3 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { builtInTrigger, createBuiltInCredential } from '../support/builtInTrigger';
import { chain, startSwarmWorld, triggerNode, type SwarmWorld } from '../support/swarmWorld';
import { median } from '../support/median';
import { n8nVersion } from '../support/programs';

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

type Trigger = ReturnType<typeof triggerNode>;

async function n8nTrigger(world: SwarmWorld, queue: string): Promise<Trigger> {
  const rabbitmq = await createBuiltInCredential(world.n8n.api, world.broker.port);
  return builtInTrigger(rabbitmq, queue, {
    acknowledge: 'executionFinishesSuccessfully',
    jsonParseBody: true,
    onlyContent: true,
    parallelMessages: PREFETCH,
  });
}

function ownTrigger(world: SwarmWorld, queue: string, batchSize: number): Trigger {
  return triggerNode(world.credentials, queue, { prefetch: PREFETCH, options: { batchSize } });
}

async function fill(world: SwarmWorld, queue: string, count: number): Promise<void> {
  for (let start = 0; start < count; start += 1000) {
    const size = Math.min(1000, count - start);
    await Promise.all(
      Array.from({ length: size }, (_, index) => {
        const id = `${queue}-${start + index}`;
        const body = { task_id: id, intent: 'extract', ref: `pg:documents/${start + index}` };
        return world.plain.publish(queue, body, { messageId: id });
      }),
    );
  }
}

/** Waits until no more than `ready` messages are ready, and tells when. */
async function reaches(world: SwarmWorld, queue: string, ready: number): Promise<number> {
  for (;;) {
    const { messageCount } = await world.plain.channel.checkQueue(queue);
    if (messageCount <= ready) return performance.now();
    await delay(2);
  }
}

async function measure(world: SwarmWorld, way: Way, round: number): Promise<number> {
  const { messages, batch } = WAYS[way];
  const { api } = world.n8n;
  const queue = `${way}-${round}`;
  if (batch > 0) await declareThroughOwn(world, queue);
  else await world.plain.declare(queue);
  await fill(world, queue, messages);
  const trigger = batch > 0 ? ownTrigger(world, queue, batch) : await n8nTrigger(world, queue);
  const noOp = { name: 'No-Op', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };
  const workflow = await api.createWorkflow(chain(queue, [trigger, noOp]));
  const activated = api.activate(workflow);
  const began = await reaches(world, queue, messages - PREFETCH);
  const ended = await reaches(world, queue, 0);
  await activated;
  await api.deactivate(workflow.id);
  await world.plain.channel.deleteQueue(queue);
  return ((messages - PREFETCH) / (ended - began)) * 1000;
}

/** The queue as the pack's trigger makes it, before it is filled. */
async function declareThroughOwn(world: SwarmWorld, queue: string): Promise<void> {
  const { api } = world.n8n;
  const workflow = await api.createWorkflow(chain(queue, [ownTrigger(world, queue, 1)]));
  await api.activate(workflow);
  await api.deactivate(workflow.id);
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
