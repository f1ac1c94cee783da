import type { DeliveryItem } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';
import type { PlainBroker } from '../../support/plainBroker';
import { TestHost, type RunningConsumer } from '../../support/world';

/** How long a run takes, ms: long enough that a fault meets a window full of live ones. */
const RUN_MS = 30;

/** A host whose runs end by themselves after a while. */
export function steadyHost(
  endOf: (item: DeliveryItem) => RunEnd = () => ({ kind: 'succeeded' }),
  runMs = RUN_MS,
): TestHost {
  const host: TestHost = new TestHost(([item]) => {
    const index = host.runs.length;
    setTimeout(() => host.runs[index]?.end(endOf(item as DeliveryItem)), runMs);
    return undefined;
  });
  return host;
}

/** Tasks t0, t1, ... or from another number on. */
export async function publishTasks(plain: PlainBroker, queue: string, count: number, first = 0) {
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const id = first + index;
      const task = { task_id: `t${id}`, intent: 'x' };
      return plain.publish(queue, task, { messageId: `${queue}-m${id}` });
    }),
  );
}

/** Waits until so many different tasks ended; gives how often each of them was run. */
export async function runsOf(
  { event, host }: RunningConsumer,
  count: number,
): Promise<Map<string, number>> {
  const done = new Set<string | undefined>();
  await event('settled', ({ messageId, verdict }) => {
    if (verdict.kind === 'done') done.add(messageId);
    return done.size === count;
  });
  return countRuns([host]);
}

/** How often each task was run, on all of these hosts together. */
export function countRuns(hosts: readonly TestHost[]): Map<string, number> {
  const runs = new Map<string, number>();
  for (const { task_id: id } of hosts.flatMap((host) => host.runs.flatMap(({ items }) => items))) {
    runs.set(id, (runs.get(id) ?? 0) + 1);
  }
  return runs;
}
