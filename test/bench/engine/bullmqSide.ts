import { Worker } from 'bullmq';

import type { Place, Side } from './side';

/** A limiter that never limits. */
const LIMITER = { max: 1_000_000_000, duration: 1000 };

/** A BullMQ worker whose jobs end at once; they were added with deduplication. */
export function bullmqSide({ storeUrl, inHand }: Place): Side {
  const connection = { host: '127.0.0.1', port: Number(new URL(storeUrl).port) };
  return {
    declare: () => Promise.resolve(),
    async work(queue, messages, clock) {
      const worker = new Worker(queue, () => Promise.resolve(), {
        connection,
        concurrency: inHand,
        limiter: LIMITER,
        autorun: false,
      });
      await worker.waitUntilReady();
      let completed = 0;
      const over = new Promise<void>((resolve, reject) => {
        worker.on('completed', () => {
          if (++completed < messages) return;
          clock.stop();
          resolve();
        });
        worker.on('failed', (_job, error) => reject(error));
        worker.on('error', reject);
      });
      clock.start();
      const running = worker.run();
      await over.finally(() => worker.close());
      await running;
    },
  };
}
