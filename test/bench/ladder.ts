/**
 * How exactly retries come back: messages published at once through the delay ladder of one RabbitMQ, with delays spread over 1 to 60 s,
 * and with one delay for all. The error is the time between the publish and the arrival, less the delay asked for.
 *
 * Arguments: --messages 500 --json (the last line alone)
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { connect } from 'amqplib';

import { layLadder, publishDelayed, takeDelayed, type Delayed } from '../support/ladderDelays';
import { quantile } from '../support/quantile';
import { startRabbitMq } from '../support/rabbitMq';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
  },
});
const MESSAGES = Number(options.messages);
const QUEUE = 'bench';
const SHORTEST_MS = 1000;
const LONGEST_MS = 60_000;
/** Needs eight hops. */
const TOGETHER_MS = 25_500;

const spread = Array.from(
  { length: MESSAGES },
  (_, index) => SHORTEST_MS + Math.round((index / (MESSAGES - 1)) * (LONGEST_MS - SHORTEST_MS)),
);

async function errorsOf(url: string, delaysMs: readonly number[]) {
  const connection = await connect(url);
  const taking = takeDelayed(connection, QUEUE, delaysMs.length);
  await publishDelayed(connection, QUEUE, delaysMs);
  const came = await taking;
  await connection.close();
  const errors = came.map(({ askedMs, tookMs }: Delayed) => tookMs - askedMs);
  return {
    p50_ms: quantile(errors, 0.5),
    p99_ms: quantile(errors, 0.99),
    earliest_ms: Math.min(...errors),
    latest_ms: Math.max(...errors),
  };
}

async function main(): Promise<void> {
  const rabbit = await startRabbitMq();
  try {
    await layLadder(rabbit.url, QUEUE, LONGEST_MS);
    const result = {
      bench: 'ladder',
      settings: {
        messages: MESSAGES,
        spread_ms: [SHORTEST_MS, LONGEST_MS],
        together_ms: TOGETHER_MS,
        rabbitmq: rabbit.version,
        node: process.version,
        cpus: availableParallelism(),
      },
      spread: await errorsOf(rabbit.url, spread),
      together: await errorsOf(rabbit.url, Array<number>(MESSAGES).fill(TOGETHER_MS)),
    };
    if (!options.json) console.table({ spread: result.spread, together: result.together });
    console.log(JSON.stringify(result));
  } finally {
    await rabbit.stop();
  }
}

void main();
