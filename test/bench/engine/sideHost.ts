import { amqplibSide } from './amqplibSide';
import { bullmqSide } from './bullmqSide';
import { Clock, type Place, type Side } from './side';
import type { Answer, Ask, SideName } from './sideProcess';
import { swarmSide } from './swarmSide';

async function sideOf(name: SideName, place: Place, build: string): Promise<Side> {
  if (name === 'amqplib') return await amqplibSide(place);
  if (name === 'bullmq') return bullmqSide(place);
  return swarmSide(place, build);
}

/** The other end of `sideProcess.ts`: one side, and nothing else. */
async function serve([name, place, build]: readonly string[]): Promise<void> {
  const side = await sideOf(name as SideName, JSON.parse(place ?? '') as Place, build ?? '');
  const answer = (message: Answer) => process.send?.(message);
  process.on('message', ({ act, queue, messages }: Ask) => {
    const clock = new Clock();
    const acted = act === 'declare' ? side.declare(queue) : side.work(queue, messages, clock);
    acted.then(
      () => answer(act === 'work' ? { taken: clock.taken } : {}),
      (error: unknown) => answer({ failure: String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(0));
  answer({});
}

void serve(process.argv.slice(2));
