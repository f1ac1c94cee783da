/**
 * A webhook that takes tasks: how long its caller waits for 202, at a constant rate, in one real n8n (single mode, SQLite).
 *
 * - dispatch: Webhook -> Agent Swarm Dispatch -> Respond to Webhook. Answered when RabbitMQ has confirmed the message.
 * - bounded: the same with Refuse Above, which asks RabbitMQ for the depth of the queue each time
 * - builtin: Webhook -> n8n's own RabbitMQ node -> Respond to Webhook. Not confirmed: the message may be lost after the answer.
 * - empty: Webhook -> Respond to Webhook, what n8n itself takes
 *
 * Requests leave at their time whether or not the ones before were answered, and a latency counts from the time a request was due. The
 * ways take turns, `rounds` times, after a round that counts for nobody: an n8n that has just started answers for seconds.
 *
 * Arguments: --rate 20 (a second) --seconds 20 (a turn) --rounds 3 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { createBuiltInCredential } from '../support/builtInTrigger';
import { quantile } from '../support/quantile';
import { median } from '../support/median';
import { n8nVersion } from '../support/programs';
import { ACTION, chain, startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const RATE = Number(options.rate);
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const REFUSE_ABOVE = 1_000_000;

const WAYS = ['dispatch', 'bounded', 'builtin', 'empty'] as const;
type Way = (typeof WAYS)[number];
type Node = Parameters<typeof chain>[1][number];

const say = (text: string) => {
  if (!options.json) console.log(text);
};

async function senders(world: SwarmWorld): Promise<Record<Way, Node[]>> {
  const rabbitmq = await createBuiltInCredential(world.n8n.api, world.broker.port);
  const dispatch = (more: { refuseAbove?: number }): Node => ({
    name: 'Send',
    type: ACTION,
    typeVersion: 1,
    parameters: {
      resource: 'task',
      operation: 'dispatch',
      queue: 'tasks',
      intent: '={{ $json.body.intent }}',
      ref: '={{ $json.body.ref }}',
      options: more,
    },
    credentials: world.credentials,
  });
  return {
    dispatch: [dispatch({})],
    bounded: [dispatch({ refuseAbove: REFUSE_ABOVE })],
    builtin: [
      {
        name: 'Send',
        type: 'n8n-nodes-base.rabbitmq',
        typeVersion: 1.2,
        parameters: {
          operation: 'sendMessage',
          mode: 'queue',
          queue: 'tasks',
          sendInputData: false,
          message: '={{ JSON.stringify($json.body) }}',
          options: { assertQueue: false },
        },
        credentials: { rabbitmq },
      },
    ],
    empty: [],
  };
}

async function publish(world: SwarmWorld): Promise<void> {
  await world.plain.declare('tasks');
  for (const [way, between] of Object.entries(await senders(world))) {
    const hook: Node = {
      name: 'Webhook',
      type: 'n8n-nodes-base.webhook',
      typeVersion: 2,
      parameters: { httpMethod: 'POST', path: way, responseMode: 'responseNode', options: {} },
    };
    const answer: Node = {
      name: 'Answer',
      type: 'n8n-nodes-base.respondToWebhook',
      typeVersion: 1.1,
      parameters: { respondWith: 'noData', options: { responseCode: 202 } },
    };
    const draft = chain(way, [hook, ...between, answer]);
    for (const node of draft.nodes)
      if (node.name === 'Webhook') Object.assign(node, { webhookId: way });
    await world.n8n.api.activate(await world.n8n.api.createWorkflow(draft));
  }
}

let sent = 0;

async function post(world: SwarmWorld, way: Way, due: number): Promise<number> {
  sent += 1;
  const answer = await fetch(`${world.n8n.url}/webhook/${way}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      task_id: `task-${sent}`,
      intent: 'extract',
      ref: `pg:documents/${sent}`,
    }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 202) throw new Error(`${way} answered ${answer.status}`);
  return performance.now() - due;
}

/** Latencies of one turn, ms. */
async function turn(world: SwarmWorld, way: Way): Promise<number[]> {
  const began = performance.now();
  const answers: Promise<number>[] = [];
  for (let index = 0; index < RATE * SECONDS; index += 1) {
    const due = began + (index * 1000) / RATE;
    await delay(Math.max(0, due - performance.now()));
    answers.push(post(world, way, due));
  }
  const taken = await Promise.all(answers);
  const { messageCount } = await world.plain.channel.purgeQueue('tasks');
  const wanted = way === 'empty' ? 0 : taken.length;
  if (messageCount !== wanted) throw new Error(`${way}: ${messageCount} of ${wanted} in the queue`);
  return taken;
}

async function main(): Promise<void> {
  const world = await startSwarmWorld({ mode: 'single' });
  try {
    await publish(world);
    const settings = {
      rate: RATE,
      seconds: SECONDS,
      rounds: ROUNDS,
      queue: 'quorum',
      n8n: n8nVersion(),
      rabbitmq: world.broker.version,
      node: process.version,
      cpus: availableParallelism(),
    };
    say(JSON.stringify(settings));
    const taken: Record<Way, number[][]> = { dispatch: [], bounded: [], builtin: [], empty: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const way of WAYS) {
        const latencies = await turn(world, way);
        if (round > 0) taken[way].push(latencies);
        const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
        say(`${way.padEnd(9)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
      }
    }
    const of = (way: Way, share: number) =>
      Math.round(median(taken[way].map((latencies) => quantile(latencies, share))) * 10) / 10;
    const latencies = Object.fromEntries(
      WAYS.map((way) => [way, { p50_ms: of(way, 0.5), p99_ms: of(way, 0.99) }]),
    );
    const ratio = (way: Way, share: number) =>
      Math.round((of(way, share) / of('builtin', share)) * 100) / 100;
    console.log(
      JSON.stringify({
        bench: 'webhook',
        settings,
        latencies,
        ratios: {
          dispatch_vs_builtin_p50: ratio('dispatch', 0.5),
          dispatch_vs_builtin_p99: ratio('dispatch', 0.99),
          bounded_vs_builtin_p50: ratio('bounded', 0.5),
        },
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
