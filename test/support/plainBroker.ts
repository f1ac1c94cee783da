import { connect, type Channel, type Options } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import { bytes, seen, takeFrom, type PlainMessage } from './plainMessage';
import { rabbitMqCtl, type RabbitMqNode } from './rabbitMqNode';

export interface QueueDepth {
  ready: number;
  consumers: number;
}

/** A client that knows nothing of the pack: it says what the broker really holds. */
export interface PlainBroker {
  declare(queue: string, args?: Record<string, unknown>): Promise<void>;
  /** Confirmed. A Buffer or a string goes out as it is, everything else as JSON. */
  publish(queue: string, body: unknown, properties?: Options.Publish): Promise<void>;
  publishTo(
    exchange: string,
    routingKey: string,
    body: unknown,
    properties?: Options.Publish,
  ): Promise<void>;
  exists(queue: string): Promise<boolean>;
  depth(queue: string): Promise<QueueDepth>;
  /** By rabbitmqctl, about 0.4 s: no AMQP client can see what others hold. */
  unacked(queue: string): Promise<number>;
  /** Asks until the queue has this many ready messages. */
  waitForDepth(queue: string, ready: number, timeoutMs?: number): Promise<void>;
  /**
   * Asks until the queue has this many consumers: it learns of a closed channel a moment after the channel's owner. One that is not there
   * yet has none.
   */
  waitForConsumers(queue: string, count: number, timeoutMs?: number): Promise<void>;
  /** Consumes and acks until `count` messages came. */
  take(queue: string, count: number, timeoutMs?: number): Promise<PlainMessage[]>;
  /** Takes and acks all that is ready now. */
  drain(queue: string): Promise<PlainMessage[]>;
  /** Use the raw channel for what is not here (bind, delete, ...). */
  readonly channel: Channel;
  close(): Promise<void>;
}

/** `url` names the vhost; `node` is asked for what only the server knows. */
export async function connectPlainBroker(url: string, node: RabbitMqNode): Promise<PlainBroker> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  const vhost = decodeURIComponent(new URL(url).pathname.slice(1)) || '/';

  const check = async (queue: string): Promise<QueueDepth> => {
    // A queue that is missing closes the channel that asked.
    const own = await connection.createChannel();
    own.on('error', () => undefined);
    const { messageCount, consumerCount } = await own.checkQueue(queue);
    await own.close();
    return { ready: messageCount, consumers: consumerCount };
  };
  const waitFor = async (
    queue: string,
    what: keyof QueueDepth,
    wanted: number,
    timeoutMs = 10_000,
  ): Promise<void> => {
    const deadline = Date.now() + timeoutMs;
    const none = (error: unknown) => {
      if (what !== 'consumers' || (error as { code?: number }).code !== 404) throw error;
      return { ready: 0, consumers: 0 };
    };
    for (;;) {
      const { [what]: now } = await check(queue).catch(none);
      if (now === wanted) return;
      if (Date.now() > deadline) throw new Error(`${queue}: ${what} ${now}, ${wanted} expected`);
      await delay(50);
    }
  };
  const send: PlainBroker['publishTo'] = (exchange, key, body, properties = {}) =>
    new Promise((resolve, reject) => {
      const all = { persistent: true, contentType: 'application/json', ...properties };
      channel.publish(exchange, key, bytes(body), all, (error: unknown) =>
        error instanceof Error ? reject(error) : resolve(),
      );
    });

  return {
    channel,
    async declare(queue, args = { 'x-queue-type': 'quorum' }) {
      await channel.assertQueue(queue, { durable: true, arguments: args });
    },
    publish: (queue, body, properties) => send('', queue, body, properties),
    publishTo: send,
    exists: (queue) =>
      check(queue).then(
        () => true,
        () => false,
      ),
    depth: check,
    async unacked(queue) {
      const columns = ['name', 'messages_unacknowledged', '--no-table-headers'];
      const rows = await rabbitMqCtl(node, ['list_queues', '-p', vhost, ...columns]);
      const row = rows.split('\n').find((line) => line.split('\t')[0] === queue);
      if (row === undefined) throw new Error(`No queue ${queue} in ${vhost}`);
      return Number(row.split('\t')[1]);
    },
    waitForDepth: (queue, ready, timeoutMs) => waitFor(queue, 'ready', ready, timeoutMs),
    waitForConsumers: (queue, count, timeoutMs) => waitFor(queue, 'consumers', count, timeoutMs),
    take: (queue, count, timeoutMs = 10_000) =>
      takeFrom(() => connection.createChannel(), queue, count, timeoutMs),
    async drain(queue) {
      const messages: PlainMessage[] = [];
      for (;;) {
        const message = await channel.get(queue, { noAck: true });
        if (!message) return messages;
        messages.push(seen(message));
      }
    },
    async close() {
      await connection.close().catch(() => undefined);
    },
  };
}
