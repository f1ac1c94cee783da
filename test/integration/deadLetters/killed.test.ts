import { join } from 'node:path';

import { startChild } from '../../support/childProcess';
import { node24 } from '../../support/programs';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';
import { DEAD, deskOf, QUEUE, replayed, runAll, timesOf } from './deskWorld';

jest.setTimeout(240_000);

const COUNT = 10_000;
/** MiB of heap: letters are walked through, and not gathered. */
const HEAP = 48;

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.end());

test('of 10,000 letters whose replay is killed half-way and made again, none is lost and each runs once', async () => {
  const host = new TestHost(() => ({
    kind: 'failed',
    error: { name: 'Error', message: 'no such page', httpStatus: 404 },
  }));
  const losing = await world.consume({ queue: QUEUE, prefetch: 1000, ...NO_RETRY }, host);
  const names = Array.from({ length: COUNT }, (_, at) => `t${at}`);
  await Promise.all(
    names.map((task_id) =>
      world.plain.publish(QUEUE, { task_id, intent: 'summarise' }, { messageId: task_id }),
    ),
  );
  await losing.settled(COUNT);
  await losing.close();
  await world.plain.waitForDepth(DEAD, COUNT);

  const child = await startChild({
    name: 'replay',
    command: node24(),
    args: [
      `--max-old-space-size=${HEAP}`,
      '--import',
      'tsx',
      join(__dirname, 'replayHost.ts'),
      JSON.stringify(deskOf(world)),
    ],
  });
  const sent = async () => (await world.plain.depth(QUEUE)).ready;
  while (child.isRunning() && (await sent()) < COUNT / 2);
  await child.killHard();
  expect(child.log()).toBe('');
  const before = await sent();
  expect(before).toBeLessThan(COUNT);

  const again = await replayed(world, {});
  expect(again.failed).toBe(0);
  await world.plain.waitForDepth(DEAD, 0);
  // What was confirmed and not let go of was sent once more: those are the copies.
  expect(before + again.replayed).toBeGreaterThanOrEqual(COUNT);
  const { settled, items } = await runAll(world);
  await settled(before + again.replayed);
  const times = timesOf(items().map(({ task_id: id }) => id));
  expect(Object.keys(times)).toHaveLength(COUNT);
  expect(Object.values(times).filter((count) => count !== 1)).toEqual([]);
});
