/**
 * How soon the trigger acts on a word: runs that say Dead-Letter, from the call to the arrival of the letter in the dead-letter queue. That is
 * the longest way a word takes: notification, intent in Redis, confirmed publish. First as fast as it goes, then paced at half of that
 * rate, for which the figures are given. No n8n; Consumer of src, quorum queue, prefetch 100, batch 1.
 *
 * Arguments: --messages 5000 --seconds 15 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { connect } from 'amqplib';

import { Consumer } from '../../src/consume/consumer';
import type { DeliveryItem, RunHost } from '../../src/contract/run';
import { brokerSchema, consumerSchema, storeSchema } from '../../src/contract/settings';
import type { RunEnd } from '../../src/contract/verdicts';
import { Store } from '../../src/store/store';
import { say } from '../../src/word/say';
import { readToken } from '../../src/word/token';
import { quantile } from '../support/quantile';
import { startRabbitMq } from '../support/rabbitMq';
import { startRedis } from '../support/redis';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
});
const MESSAGES = Number(options.messages);
const SECONDS = Number(options.seconds);
const QUEUE = 'bench';
const PREFETCH = 100;

/** Each run says its word at once and ends when its letter has arrived. */
class SayingHost implements RunHost {
  readonly latencies: number[] = [];
  private readonly open = new Map<string, { saidAt: number; end(end: RunEnd): void }>();
  private watcher: (() => void) | undefined;

  constructor(private readonly store: Store) {}

  start(items: readonly DeliveryItem[]): Promise<RunEnd> {
    const [item] = items;
    if (!item) throw new Error('a run without an item');
    return new Promise((resolve, reject) => {
      this.open.set(item.task_id, { saidAt: performance.now(), end: resolve });
      const token = readToken(item.swarm.delivery);
      if (token.test) throw new Error('the token of a test');
      say(this.store, token, { kind: 'dead_letter', message: 'a bench' }).catch(reject);
    });
  }

  arrived(taskId: string): void {
    const run = this.open.get(taskId);
    if (!run) return;
    this.open.delete(taskId);
    this.latencies.push(performance.now() - run.saidAt);
    run.end({ kind: 'succeeded' });
    this.watcher?.();
  }

  async reached(count: number): Promise<void> {
    while (this.latencies.length < count) {
      await new Promise<void>((resolve) => (this.watcher = resolve));
    }
  }
}

async function main(): Promise<void> {
  const [rabbit, redis] = await Promise.all([startRabbitMq(), startRedis()]);
  try {
    const broker = brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] });
    const settings = storeSchema.parse({
      kind: 'standalone',
      host: redis.host,
      port: redis.port,
    });
    const store = await Store.open(settings, 'once');
    const host = new SayingHost(store);
    const consumer = await Consumer.start({
      settings: consumerSchema.parse({ topology: { queue: QUEUE }, prefetch: PREFETCH }),
      broker,
      store: settings,
      host,
      workflow: 'a bench',
      tell: () => undefined,
      patience: 'once',
    });
    const connection = await connect(rabbit.url);
    const letters = await connection.createChannel();
    await letters.consume(`${QUEUE}.dead`, (message) => {
      if (!message) return;
      letters.ack(message);
      host.arrived((JSON.parse(message.content.toString()) as { task_id: string }).task_id);
    });
    const tasks = await connection.createConfirmChannel();
    let sent = 0;
    const publish = () => {
      sent += 1;
      const body = JSON.stringify({ task_id: `task-${sent}`, intent: 'say' });
      tasks.publish('', QUEUE, Buffer.from(body), { persistent: true, messageId: `m-${sent}` });
    };

    const began = performance.now();
    for (let index = 0; index < MESSAGES; index += 1) publish();
    await host.reached(MESSAGES);
    const most = (MESSAGES / (performance.now() - began)) * 1000;

    const wanted = Math.floor((most / 2) * SECONDS);
    const half = performance.now();
    await new Promise<void>((resolve) => {
      const pace = setInterval(() => {
        const due = Math.min(wanted, ((performance.now() - half) / 1000) * (most / 2));
        while (sent - MESSAGES < due) publish();
        if (sent - MESSAGES < wanted) return;
        clearInterval(pace);
        resolve();
      }, 5);
    });
    await host.reached(MESSAGES + wanted);
    const latencies = host.latencies.slice(MESSAGES);
    const result = {
      bench: 'words',
      settings: {
        prefetch: PREFETCH,
        messages: MESSAGES,
        seconds: SECONDS,
        rabbitmq: rabbit.version,
        node: process.version,
        cpus: availableParallelism(),
      },
      rates: { most: Math.round(most), half: Math.round(most / 2) },
      half_load_ms: {
        p50: Number(quantile(latencies, 0.5).toFixed(1)),
        p99: Number(quantile(latencies, 0.99).toFixed(1)),
        most: Number(Math.max(...latencies).toFixed(1)),
      },
    };
    if (!options.json) console.table({ ...result.rates, ...result.half_load_ms });
    console.log(JSON.stringify(result));
    await consumer.close();
    store.close();
    await connection.close();
  } finally {
    await Promise.all([rabbit.stop(), redis.stop()]);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
