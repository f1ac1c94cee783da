import type { PlainStore } from './plainStore';

export interface Tasks {
  /** The hash of a queue's only task once it is in this state. */
  inState(queue: string, wanted: string): Promise<Record<string, string>>;
  /** The same of the first whose key in Redis has this in it. */
  named(part: string, wanted: string, patienceMs?: number): Promise<Record<string, string>>;
  stop(): void;
}

const PATIENCE_MS = 40_000;

/** Reads tasks when Redis says that they changed. */
export async function watchTasks(keys: PlainStore): Promise<Tasks> {
  await keys.redis.config('SET', 'notify-keyspace-events', 'Kh');
  const events = keys.redis.duplicate();
  events.on('error', () => undefined);
  const waiting = new Set<() => void>();
  events.on('pmessage', () => {
    for (const wake of waiting) wake();
    waiting.clear();
  });
  await events.psubscribe(`__keyspace@*__:${keys.prefix}*`);
  const named: Tasks['named'] = async (part, wanted, patienceMs = PATIENCE_MS) => {
    const late = AbortSignal.timeout(patienceMs);
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        waiting.add(resolve);
        late.addEventListener('abort', () => resolve(), { once: true });
      });
      const found = (await keys.tasks()).filter((each) => each.includes(part));
      const tasks = await Promise.all(found.map(keys.hash));
      const task = tasks.find(({ state }) => state === wanted);
      if (task) return task;
      if (late.aborted) {
        throw new Error(`Tasks with ${part} are ${JSON.stringify(tasks)}, not ${wanted}`);
      }
      await changed;
    }
  };
  return {
    named,
    inState: (queue, wanted) => named(`|${queue}}:task:`, wanted),
    stop: () => events.disconnect(),
  };
}
