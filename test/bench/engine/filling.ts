import { connect } from 'amqplib';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import type { Place } from './side';

/** Messages under way at once while a queue is filled. */
const PART = 1000;

/** Fills queues with references, and sees that they are empty afterwards. */
export interface Filling {
  /** Each reference has a number of its own, from `first` on. */
  messages(queue: string, count: number, first?: number): Promise<void>;
  /** Messages that wait. */
  waiting(queue: string): Promise<number>;
  jobs(queue: string, count: number): Promise<void>;
  /** Takes a queue of the broker away. @throws when a message was left in it */
  remove(queue: string): Promise<void>;
  /** Forgets everything in the store. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

const referenceOf = (queue: string, index: number) => ({
  task_id: `${queue}-${index}`,
  intent: 'extract',
  ref: `pg:documents/${index}`,
});

/** A reference as any producer writes it: without the pack's own headers, so that the engine has to take its fingerprint. */
export async function startFilling({
  brokerUrl,
  storeUrl,
}: Omit<Place, 'inHand'>): Promise<Filling> {
  const connection = await connect(brokerUrl);
  const channel = await connection.createConfirmChannel();
  const store = new Redis(storeUrl);
  const waiting = async (queue: string) => (await channel.checkQueue(queue)).messageCount;
  return {
    waiting,
    async messages(queue, count, first = 0) {
      const before = await waiting(queue);
      for (let index = 0; index < count; index += 1) {
        const reference = referenceOf(queue, first + index);
        channel.publish('', queue, Buffer.from(JSON.stringify(reference)), {
          persistent: true,
          contentType: 'application/json',
          messageId: reference.task_id,
        });
        if (index % PART === PART - 1) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
      // Else the first to consume would also pay for what the broker still writes.
      const now = await waiting(queue);
      if (now !== before + count) throw new Error(`${queue} holds ${now}, not ${before + count}`);
    },
    async jobs(queue, count) {
      const jobs = new Queue(queue, {
        connection: { host: store.options.host, port: store.options.port },
      });
      for (let start = 0; start < count; start += PART) {
        const size = Math.min(PART, count - start);
        await jobs.addBulk(
          Array.from({ length: size }, (_, index) => {
            const data = referenceOf(queue, start + index);
            return { name: data.intent, data, opts: { deduplication: { id: data.task_id } } };
          }),
        );
      }
      await jobs.close();
    },
    async remove(queue) {
      const { messageCount } = await channel.deleteQueue(queue);
      if (messageCount > 0) throw new Error(`${messageCount} messages were left in ${queue}`);
    },
    async forget() {
      await store.flushall();
    },
    async close() {
      store.disconnect();
      await connection.close();
    },
  };
}
