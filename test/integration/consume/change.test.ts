import { setTimeout as delay } from 'node:timers/promises';

import { forgetTrigger, registerTrigger } from '../../../src/consume/registry';
import type { DeliveryItem } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';
import { newWorld, TestHost, type RunningConsumer, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

const TASKS = 400;

/** Runs that take some time each, and the tasks they were for. */
class BusyHost extends TestHost {
  constructor(
    private readonly ran: string[],
    private readonly ended: string[],
  ) {
    super(() => undefined);
  }

  override async start(items: readonly DeliveryItem[]): Promise<RunEnd> {
    for (const { task_id } of items) this.ran.push(task_id);
    // The work itself, of different length for each task.
    await delay(20 + (this.ran.length % 7) * 20);
    for (const { task_id } of items) this.ended.push(task_id);
    return { kind: 'succeeded' };
  }
}

async function publishAll(): Promise<string[]> {
  const ids = Array.from({ length: TASKS }, (_, index) => `task-${index}`);
  await Promise.all(
    ids.map((id) => world.plain.publish('work', { task_id: id, intent: 'x' }, { messageId: id })),
  );
  return ids;
}

async function atLeast(count: number, ended: readonly string[]): Promise<void> {
  while (ended.length < count) await delay(5);
}

test.each([
  ['that waits for its runs', 2000],
  ['that waits for nothing: its runs go on, and their ends count', 0],
])(
  'unpublished, published with other parameters, two at once: each task runs once, after a close %s',
  async (_how, drainMs) => {
    const ran: string[] = [];
    const ended: string[] = [];
    const consume = (prefetch: number) =>
      world.consume({ prefetch, drainMs }, new BusyHost(ran, ended));
    const first = await consume(10);
    const ids = await publishAll();
    await atLeast(60, ended);
    // Deactivate and activate.
    await first.close();
    const second = await consume(20);
    await atLeast(150, ended);
    // The leader changes: for a moment both consume.
    const third = await consume(5);
    await atLeast(220, ended);
    await second.close();
    // Republished with changed parameters.
    const [fourth] = await Promise.all([consume(30), third.close()]);
    await atLeast(TASKS, ended);
    await world.plain.waitForDepth('work', 0);
    await world.plain.waitForUnacked('work', 0);
    await fourth.close();
    expect([...ended].sort()).toEqual([...ids].sort());
    expect(ran).toHaveLength(TASKS);
  },
  60_000,
);

test('a consumer that n8n starts twice closes the orphan, and a test by hand closes nobody', async () => {
  const closed: string[] = [];
  const named = (name: string): Pick<RunningConsumer, 'close'> => ({
    close() {
      closed.push(name);
      return Promise.resolve();
    },
  });
  const [orphan, heir] = [named('orphan'), named('heir')];
  await registerTrigger('workflow/node', orphan);
  await registerTrigger('workflow/other', named('other'));
  await registerTrigger('workflow/node', heir);
  expect(closed).toEqual(['orphan']);
  // The orphan's own end must not take the heir's place away.
  forgetTrigger('workflow/node', orphan);
  await registerTrigger('workflow/node', named('next'));
  expect(closed).toEqual(['orphan', 'heir']);
});
