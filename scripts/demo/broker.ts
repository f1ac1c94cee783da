import { connect, type ChannelModel } from 'amqplib';

export interface DeadLetter {
  reason: string;
  /** What went wrong, in words. */
  message: string;
}

/** The demo's own client: it knows nothing of the pack and says what the broker really holds. */
export interface DemoBroker {
  /** Confirmed. */
  publish(queue: string, body: Buffer): Promise<void>;
  /** Ready messages; 0 when there is no such queue. */
  ready(queue: string): Promise<number>;
  /** Looks at every dead letter and leaves it where it is. */
  deadLetters(queue: string): Promise<DeadLetter[]>;
  exchangeExists(name: string): Promise<boolean>;
  deleteQueue(name: string): Promise<void>;
  /** Leaves a queue alone that holds or feeds something; none is as good as one deleted. */
  deleteIdleQueue(name: string): Promise<void>;
  /** False when something is bound to it, so that it stays. */
  deleteUnusedExchange(name: string): Promise<boolean>;
  close(): Promise<void>;
}

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;

export async function connectBroker(url: string): Promise<DemoBroker> {
  const connection = await connect(url, { clientProperties: { connection_name: 'demo' } });
  connection.on('error', () => undefined);
  const confirming = await connection.createConfirmChannel();
  return {
    async publish(queue, body) {
      const properties = { persistent: true, contentType: 'application/json' };
      await new Promise<void>((resolve, reject) => {
        confirming.sendToQueue(queue, body, properties, (error: Error | null) =>
          error ? reject(error) : resolve(),
        );
      });
    },
    ready: (queue) =>
      onOwnChannel(
        connection,
        async (channel) => (await channel.checkQueue(queue)).messageCount,
      ).catch(() => 0),
    deadLetters: (queue) =>
      onOwnChannel(connection, async (channel) => {
        const letters: DeadLetter[] = [];
        for (;;) {
          // Unacked until the channel closes: then all are back.
          const message = await channel.get(queue);
          if (!message) return letters;
          const headers = message.properties.headers ?? {};
          letters.push(read(headers['x-swarm-reason'], headers['x-swarm-failure']));
        }
      }),
    exchangeExists: (name) =>
      onOwnChannel(connection, (channel) => channel.checkExchange(name)).then(
        () => true,
        () => false,
      ),
    deleteQueue: async (name) => {
      await onOwnChannel(connection, (channel) => channel.deleteQueue(name));
    },
    deleteIdleQueue: (name) =>
      onOwnChannel(connection, async (channel) => {
        // By hand: quorum queues know neither if-empty nor if-unused, and asking closes the connection.
        const { messageCount, consumerCount } = await channel.checkQueue(name);
        if (messageCount + consumerCount === 0) await channel.deleteQueue(name);
      }).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
      }),
    deleteUnusedExchange: (name) =>
      onOwnChannel(connection, (channel) => channel.deleteExchange(name, { ifUnused: true })).then(
        () => true,
        (error: unknown) => {
          if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
          return false;
        },
      ),
    close: () => connection.close(),
  };
}

type Channel = Awaited<ReturnType<ChannelModel['createChannel']>>;

/** A question about something missing closes the channel that asked. */
async function onOwnChannel<T>(
  connection: ChannelModel,
  act: (channel: Channel) => PromiseLike<T>,
): Promise<T> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    return await act(channel);
  } finally {
    await channel.close().catch(() => undefined);
  }
}

function read(reason: unknown, failure: unknown): DeadLetter {
  const said = typeof failure === 'string' ? (JSON.parse(failure) as { message?: string }) : {};
  return { reason: String(reason), message: said.message ?? '' };
}
