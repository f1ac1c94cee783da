/**
 * 10,000 tasks in one n8n execution, by the built node in n8n-core's own execution engine, against plain amqplib that pipelines
 * the same bodies with confirms, into a quorum queue of one RabbitMQ. All ways take turns; medians are given.
 *
 * - plain: amqplib alone, a confirm channel, everything published and then waited for
 * - engine: `dispatch` of src, without n8n
 * - node: the node, with Ref and Task ID as expressions that name a field of the item
 * - computed: the node, with a Ref that n8n's expression engine has to compute
 * - expression: n8n's expression engine alone, one such Ref an item; a part of `computed`, and nothing is sent
 *
 * Arguments: --items 10000 --rounds 3 --json (the last line alone)
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { connect } from 'amqplib';
import type { IDataObject } from 'n8n-workflow';

import type * as engineFace from '../../src/index';
import { startEngine } from '../support/engine';
import { COMPUTED } from '../support/engineNodes';
import { startRabbitMq } from '../support/rabbitMq';

// What was built, as the node uses it: compiled on the fly the same code is slower.
const pack = createRequire(__filename)('../../dist/src/index.js') as typeof engineFace;

const { values: options } = parseArgs({
  options: {
    items: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const ITEMS = Number(options.items);
const ROUNDS = Number(options.rounds);
const QUEUE = 'bench';

const items = Array.from({ length: ITEMS }, (_, index) => ({
  json: { id: `task-${index}`, ref: `pg:documents/task-${index}` },
}));
const bodies = items.map(({ json }) =>
  Buffer.from(JSON.stringify({ task_id: json.id, intent: 'extract', ref: json.ref })),
);

type Way = 'plain' | 'engine' | 'node' | 'computed' | 'expression';

async function main(): Promise<void> {
  const rabbit = await startRabbitMq();
  try {
    const connection = await connect(rabbit.url);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const settings = pack.brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] });
    const n8n = await startEngine();
    const credentials = { agentSwarmRabbitMqApi: { hosts: `127.0.0.1:${rabbit.port}` } };

    const runNode = async (parameters: IDataObject) => {
      const ran = await n8n.run({
        parameters: {
          resource: 'task',
          operation: 'dispatch',
          to: 'queue',
          queue: QUEUE,
          intent: 'extract',
          ...parameters,
        },
        items,
        credentials,
      });
      if (ran.items.length !== ITEMS) throw new Error(ran.error?.message ?? 'too few items');
    };
    const ways: Record<Way, () => Promise<unknown>> = {
      async plain() {
        for (const body of bodies) {
          channel.publish('', QUEUE, body, { persistent: true, contentType: 'application/json' });
        }
        await channel.waitForConfirms();
      },
      engine: () =>
        pack.withPublisher(settings, async (publisher) => {
          const results = await pack.dispatch({
            count: ITEMS,
            publisher,
            request: (index) => ({
              to: { kind: 'queue', queue: QUEUE },
              intent: 'extract',
              ref: items[index]?.json.ref,
              taskId: items[index]?.json.id,
            }),
          });
          if (!results.every(({ ok }) => ok)) throw new Error('not all were dispatched');
        }),
      node: () => runNode({ ref: '={{ $json.ref }}', options: { taskId: '={{ $json.id }}' } }),
      computed: () => runNode({ ref: COMPUTED, options: { taskId: '={{ $json.id }}' } }),
      expression: () =>
        n8n.run({
          parameters: { resource: 'payload', operation: 'store' },
          items,
          credentials: {},
          between: 'test.evaluate',
        }),
    };

    const taken: Record<Way, number[]> = {
      plain: [],
      engine: [],
      node: [],
      computed: [],
      expression: [],
    };
    /** µs of this process an item: what the machine's other work does not change. */
    const cpu: typeof taken = { plain: [], engine: [], node: [], computed: [], expression: [] };
    const names = Object.keys(ways) as Way[];
    // A round before the first counts for nobody: connections, compiled code, and a queue that has grown its files.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const way of names) {
        const began = performance.now();
        const before = process.cpuUsage();
        await ways[way]();
        const ms = performance.now() - began;
        const { user, system } = process.cpuUsage(before);
        const { messageCount } = await channel.purgeQueue(QUEUE);
        if (way !== 'expression' && messageCount !== ITEMS) {
          throw new Error(`${way}: ${messageCount} of ${ITEMS} messages are in the queue`);
        }
        if (round === 0) continue;
        taken[way].push(ms);
        cpu[way].push((user + system) / ITEMS);
      }
    }
    await n8n.stop();
    await connection.close();
    report(taken, cpu, rabbit.version);
  } finally {
    await rabbit.stop();
  }
}

function report(taken: Record<Way, number[]>, cpu: Record<Way, number[]>, version: string): void {
  const rate = (way: Way) => Math.round((ITEMS / median(taken[way])) * 1000);
  const { plain, engine, node, computed, expression } = {
    plain: rate('plain'),
    engine: rate('engine'),
    node: rate('node'),
    computed: rate('computed'),
    expression: rate('expression'),
  };
  const ratio = (value: number) => Math.round((value / plain) * 100) / 100;
  const settings = {
    items: ITEMS,
    rounds: ROUNDS,
    queue: 'quorum',
    body_bytes: bodies[0]?.length,
    rabbitmq: version,
    node: process.version,
    n8n_core: (createRequire(__filename)('n8n-core/package.json') as { version: string }).version,
    cpus: availableParallelism(),
  };
  const result = {
    bench: 'dispatch',
    settings,
    rates: { plain, engine, node, computed, expression },
    cpu_us_per_item: Object.fromEntries(
      Object.entries(cpu).map(([way, all]) => [way, Math.round(median(all))]),
    ),
    ratios: {
      node_vs_plain: ratio(node),
      engine_vs_plain: ratio(engine),
      computed_vs_plain: ratio(computed),
    },
  };
  if (!options.json) {
    console.log(
      Object.entries(settings)
        .map((pair) => pair.join(' '))
        .join(', '),
    );
    for (const [way, all] of Object.entries(taken)) {
      console.log(
        `${way.padEnd(11)}${String(rate(way as Way)).padStart(8)}/s   ms: ${all.map((ms) => ms.toFixed(0)).join(' ')}`,
      );
    }
  }
  console.log(JSON.stringify(result));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
