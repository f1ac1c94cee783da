import { connect, type Channel, type Options } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import { bytes, seen, takeFrom, type PlainMessage } from './plainMessage';
import { evaluate } from './rabbitMqConsole';
import type { RabbitMqNode } from './rabbitMqNode';

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
  /** Asked of the queue itself, by way of its node: no AMQP client can see what others hold, and published figures are old. */
  unacked(queue: string): Promise<number>;
  /** Asks until so many are held: a queue learns of an ack a moment after it was sent. */
  waitForUnacked(queue: string, count: number, timeoutMs?: number): Promise<void>;
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
  const until = async (
    what: string,
    look: () => Promise<number>,
    wanted: number,
    timeoutMs = 10_000,
  ): Promise<void> => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const now = await look();
      if (now === wanted) return;
      if (Date.now() > deadline) throw new Error(`${what} ${now}, ${wanted} expected`);
      await delay(50);
    }
  };
  const consumers = async (queue: string) => {
    const none = (error: unknown) => {
      if ((error as { code?: number }).code !== 404) throw error;
      return { consumers: 0 };
    };
    return (await check(queue).catch(none)).consumers;
  };
  const unacked = async (queue: string) =>
    Number(await evaluate(node.consolePort, held(vhost, queue)));
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
    unacked,
    waitForUnacked: (queue, count, timeoutMs) =>
      until(`${queue}: unacked`, () => unacked(queue), count, timeoutMs),
    waitForDepth: (queue, ready, timeoutMs) =>
      until(`${queue}: ready`, async () => (await check(queue)).ready, ready, timeoutMs),
    waitForConsumers: (queue, count, timeoutMs) =>
      until(`${queue}: consumers`, () => consumers(queue), count, timeoutMs),
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

/** In Erlang: how many messages of a queue are with consumers. A quorum queue says it itself; of others it is what they publish. */
const held = (vhost: string, queue: string) => `
  {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${vhost}"/utf8>>, queue, <<"${queue}"/utf8>>)),
  case amqqueue:get_type(Queue) of
    rabbit_quorum_queue ->
      case ra:consistent_query(amqqueue:get_pid(Queue), fun rabbit_fifo:overview/1) of
        {ok, Seen, _} -> maps:get(num_checked_out, Seen);
        _ -> without_a_leader
      end;
    _ ->
      [{_, Count}] = rabbit_amqqueue:info(Queue, [messages_unacknowledged]),
      Count
  end`;
