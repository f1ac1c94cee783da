import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as engineFace from '../../../src/index';
import type { Place, Side } from './side';

/**
 * The engine: dedupe on, a lease for each task, one run a task that ends at once.
 *
 * @param build folder of the built pack: compiled on the fly the same code is slower
 */
export function swarmSide({ brokerUrl, storeUrl, inHand }: Place, build: string): Side {
  const load = createRequire(__filename);
  const { brokerSchema, Consumer, consumerSchema, storeSchema } = load(
    join(build, 'src', 'index.js'),
  ) as typeof engineFace;
  const { port } = new URL(storeUrl);
  const broker = brokerSchema.parse({
    hosts: [{ host: '127.0.0.1', port: Number(new URL(brokerUrl).port) }],
  });
  const store = storeSchema.parse({ kind: 'standalone', host: '127.0.0.1', port: Number(port) });
  const consume = (queue: string, tell: engineFace.Tell) =>
    Consumer.start({
      settings: consumerSchema.parse({ topology: { queue }, prefetch: inHand, batchSize: 1 }),
      broker,
      store,
      host: { start: () => Promise.resolve({ kind: 'succeeded' }) },
      workflow: 'bench',
      patience: 'once',
      tell,
    });
  return {
    async declare(queue) {
      const consumer = await consume(queue, () => undefined);
      await consumer.close();
    },
    async work(queue, messages, clock) {
      let done = 0;
      let finish: () => void = () => undefined;
      let fail: (error: Error) => void = () => undefined;
      const over = new Promise<void>((resolve, reject) => {
        finish = resolve;
        fail = reject;
      });
      const consumer = await consume(queue, (name, event) => {
        // Told when the broker answered to `consume`.
        if (name === 'ready') clock.start();
        else if (name !== 'settled') fail(new Error(`${name}: ${JSON.stringify(event)}`));
        else if ((event as engineFace.ConsumerEvents['settled']).verdict.kind !== 'done') {
          fail(new Error(`not done: ${JSON.stringify(event)}`));
        } else if (++done === messages) {
          clock.stop();
          finish();
        }
      });
      await over.finally(() => consumer.close());
    },
  };
}
