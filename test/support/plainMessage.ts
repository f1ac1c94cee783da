import type { Channel, ConsumeMessage, GetMessage } from 'amqplib';

export interface PlainMessage {
  /** Parsed, when it is JSON; else the text. */
  body: unknown;
  text: string;
  /** The bytes as they came. */
  content: Buffer;
  properties: ConsumeMessage['properties'];
  headers: Record<string, unknown>;
  exchange: string;
  routingKey: string;
  redelivered: boolean;
}

export const bytes = (body: unknown) =>
  Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

export function seen(message: ConsumeMessage | GetMessage): PlainMessage {
  const text = message.content.toString('utf8');
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: the text it is.
  }
  const { exchange, routingKey, redelivered } = message.fields;
  const { content, properties } = message;
  const headers = (properties.headers ?? {}) as Record<string, unknown>;
  return { body, text, content, properties, headers, exchange, routingKey, redelivered };
}

/** Consumes and acks until `count` messages came; what came too few is put back. */
export async function takeFrom(
  open: () => Promise<Channel>,
  queue: string,
  count: number,
  timeoutMs: number,
): Promise<PlainMessage[]> {
  const messages: PlainMessage[] = [];
  const own = await open();
  // No more than asked for leaves the queue.
  await own.prefetch(count);
  try {
    return await new Promise((resolve, reject) => {
      const missing = () => new Error(`${messages.length} of ${count} messages came from ${queue}`);
      const timer = setTimeout(() => reject(missing()), timeoutMs);
      own.on('error', reject);
      const onMessage = (message: ConsumeMessage | null) => {
        if (!message || messages.length === count) return;
        messages.push(seen(message));
        if (messages.length < count) return;
        clearTimeout(timer);
        own.ack(message, true);
        resolve(messages);
      };
      own.consume(queue, onMessage).catch(reject);
    });
  } finally {
    await own.close().catch(() => undefined);
  }
}
