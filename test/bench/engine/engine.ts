import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as engineFace from '../../../src/index';
import type { Place } from './side';

/** The folder of the built pack. */
export const BUILD = join(__dirname, '..', '..', '..', 'dist');

/** Consumes a queue: dedupe on, a lease for each task, one run a task that ends at once. */
export type Consume = (
  queue: string,
  inHand: number,
  tell: engineFace.Tell,
) => Promise<engineFace.Consumer>;

/** @param build folder of a built pack: compiled on the fly the same code is slower */
export function engineOf({ brokerUrl, storeUrl }: Omit<Place, 'inHand'>, build: string): Consume {
  const load = createRequire(__filename);
  const { brokerSchema, Consumer, consumerSchema, storeSchema } = load(
    join(build, 'src', 'index.js'),
  ) as typeof engineFace;
  const portOf = (url: string) => Number(new URL(url).port);
  const broker = brokerSchema.parse({
    hosts: [{ host: '127.0.0.1', port: portOf(brokerUrl) }],
  });
  const store = storeSchema.parse({
    kind: 'standalone',
    host: '127.0.0.1',
    port: portOf(storeUrl),
  });
  return (queue, inHand, tell) =>
    Consumer.start({
      settings: consumerSchema.parse({ topology: { queue }, prefetch: inHand, batchSize: 1 }),
      broker,
      store,
      host: { start: () => Promise.resolve({ kind: 'succeeded' }) },
      workflow: 'bench',
      patience: 'once',
      tell,
    });
}
