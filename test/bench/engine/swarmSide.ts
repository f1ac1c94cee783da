import type * as engineFace from '../../../src/index';
import { engineOf } from './engine';
import type { Place, Side } from './side';

/** @param build folder of the built pack */
export function swarmSide(place: Place, build: string): Side {
  const engine = engineOf(place, build);
  const consume = (queue: string, tell: engineFace.Tell) => engine(queue, place.inHand, tell);
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
