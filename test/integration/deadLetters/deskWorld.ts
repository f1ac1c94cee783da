import { withPublisher } from '../../../src/broker/pool';
import type { DeliveryItem } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';
import { replay, type Replayed, type ReplayOptions } from '../../../src/deadLetters/replay';
import type { Desk } from '../../../src/deadLetters/walk';
import { NO_RETRY, TestHost, type RunningConsumer, type World } from '../../support/world';

export const QUEUE = 'work';
export const DEAD = 'work.dead';

/** A task that gave up, and how. */
export interface Lost {
  readonly task_id: string;
  readonly intent?: string;
  readonly tenant?: string;
  /** `run_failed` with this text; none: one that cannot be read. */
  readonly error?: string;
}

export const deskOf = ({ broker }: World, queue = DEAD): Desk => ({ broker, queue });

/** Gives tasks up, one after the other, so that their letters stand in this order. The queue is left behind without a consumer. */
export async function giveUp(world: World, tasks: readonly Lost[]): Promise<void> {
  const errors = new Map(tasks.map(({ task_id, error }) => [task_id, error]));
  const host = new TestHost(([item]) => failing(errors.get(item?.task_id ?? '') ?? ''));
  const consumer = await world.consume({ queue: QUEUE, prefetch: 1, ...NO_RETRY }, host);
  for (const [index, { error, ...task }] of tasks.entries()) {
    const body = error === undefined ? 'no json' : { intent: 'summarise', ...task };
    await world.plain.publish(QUEUE, body, { messageId: task.task_id });
    await consumer.settled(index + 1);
  }
  await consumer.close();
}

const failing = (message: string): RunEnd => ({
  kind: 'failed',
  error: { name: 'ApiError', message, httpStatus: 404, stack: 'at a.ts:1' },
});

/** Runs what comes, and counts. */
export async function runAll(
  world: World,
  queue = QUEUE,
): Promise<RunningConsumer & { items(): DeliveryItem[] }> {
  const consumer = await world.consume({ queue, prefetch: 500 });
  return { ...consumer, items: () => consumer.host.runs.flatMap(({ items }) => items) };
}

export async function replayed(
  world: World,
  options: ReplayOptions,
  desk: Desk = deskOf(world),
): Promise<Replayed> {
  return await withPublisher(desk.broker, (publisher) => replay(desk, publisher, options));
}

/** How often each was there. */
export function timesOf(names: readonly string[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const name of names) times[name] = (times[name] ?? 0) + 1;
  return times;
}
