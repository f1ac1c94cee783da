import type { PlainStore } from '../support/plainStore';

export interface Tasks {
  /** The hash of a queue's only task once it is in this state. */
  inState(queue: string, wanted: string): Promise<Record<string, string>>;
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
  return {
    async inState(queue, wanted) {
      const late = AbortSignal.timeout(PATIENCE_MS);
      for (;;) {
        const changed = new Promise<void>((resolve) => {
          waiting.add(resolve);
          late.addEventListener('abort', () => resolve(), { once: true });
        });
        const key = (await keys.tasks()).find((each) => each.includes(`|${queue}}:task:`));
        const task = key === undefined ? {} : await keys.hash(key);
        if (task.state === wanted) return task;
        if (late.aborted) {
          throw new Error(`The task of ${queue} is ${JSON.stringify(task)}, not ${wanted}`);
        }
        await changed;
      }
    },
    stop: () => events.disconnect(),
  };
}
