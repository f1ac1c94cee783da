import type { Filling } from '../engine/filling';
import { figuresOf, sample, together, type ConsumerProcess, type Taken } from './sample';
import type { Servers } from './servers';

export interface Scene {
  readonly filling: Filling;
  readonly servers: Servers;
  readonly processes: readonly ConsumerProcess[];
  /** Tasks of a turn. */
  readonly tasks: number;
  /** Turns that count; one before them does not. */
  readonly rounds: number;
  say(text: string): void;
}

export type Rows = ReadonlyMap<number, readonly Taken[]>;

export const IN_HAND = 100;

/** Of the next task: each has a name of its own, or it would be taken for one that was done. */
let serial = 0;

const declared = new Set<string>();

/** Queues as the engine declares them, each filled up to a depth. */
async function fillUp(
  { filling, processes, servers }: Scene,
  queues: readonly string[],
  depth: number,
) {
  const fresh = queues.filter((queue) => !declared.has(queue));
  await processes[0]?.ask({ act: 'begin', queues: fresh, prefetch: IN_HAND });
  await processes[0]?.ask({ act: 'end' });
  for (const queue of fresh) declared.add(queue);
  // What a closed consumer handed back is in the queue again a little later.
  while ((await servers.unacked()) > 0);
  for (const queue of queues) {
    const missing = depth - (await filling.waiting(queue));
    if (missing > 0) await filling.messages(queue, missing, serial);
    serial += Math.max(0, missing);
  }
}

async function inTurns(
  scene: Scene,
  what: string,
  sizes: readonly number[],
  turn: (size: number) => Promise<Taken>,
): Promise<Rows> {
  const rows = new Map<number, Taken[]>(sizes.map((size) => [size, []]));
  for (let round = 0; round <= scene.rounds; round += 1) {
    for (const [size, all] of rows) {
      const taken = await turn(size);
      if (round === 0) continue;
      all.push(taken);
      scene.say(`${what} ${size}, round ${round}: ${JSON.stringify(figuresOf(taken))}`);
    }
  }
  return rows;
}

/** Tasks are taken from a queue in which so many wait, and which is filled up again before each part. */
export async function byDepth(scene: Scene, depths: readonly number[]): Promise<Rows> {
  const { processes, servers, tasks } = scene;
  return await inTurns(scene, 'depth', depths, async (depth) => {
    const queues = [`depth-${depth}`];
    const part = Math.min(depth, tasks);
    const parts: Taken[] = [];
    for (let done = 0; done < tasks; done += part) {
      await fillUp(scene, queues, depth);
      parts.push(await sample(processes.slice(0, 1), servers, { queues, prefetch: IN_HAND }, part));
    }
    return together(parts);
  });
}

/** The same tasks over so many queues, consumed by one process. */
export async function byQueues(scene: Scene, counts: readonly number[]): Promise<Rows> {
  const { processes, servers, tasks } = scene;
  return await inTurns(scene, 'queues', counts, async (count) => {
    const queues = Array.from({ length: count }, (_, index) => `queue-${count}-${index}`);
    await fillUp(scene, queues, tasks / count);
    const consume = { queues, prefetch: IN_HAND };
    return await sample(processes.slice(0, 1), servers, consume, tasks);
  });
}

/** The same tasks in one queue, consumed by so many processes. */
export async function byProcesses(scene: Scene, counts: readonly number[]): Promise<Rows> {
  const { processes, servers, tasks } = scene;
  return await inTurns(scene, 'processes', counts, async (count) => {
    const queues = [`processes-${count}`];
    await fillUp(scene, queues, tasks);
    const consume = { queues, prefetch: IN_HAND };
    return await sample(processes.slice(0, count), servers, consume, tasks);
  });
}

export interface Drained {
  readonly tasks: number;
  readonly tasks_per_second: number;
  readonly cpu_us_per_task: number;
  /** In memory; it is on disk besides. */
  readonly rabbitmq_bytes_per_waiting_task: number;
  readonly redis_bytes_per_remembered_task: number;
}

/** The largest queue, consumed to its end, and what its tasks take in both servers. */
export async function drain(scene: Scene, tasks: number): Promise<Drained> {
  const { filling, processes, servers } = scene;
  const queues = ['drained'];
  await filling.forget();
  await fillUp(scene, queues, 0);
  const [emptyBroker, emptyStore] = [await servers.brokerBytes(), await servers.storeBytes()];
  await fillUp(scene, queues, tasks);
  const waiting = ((await servers.brokerBytes()) - emptyBroker) / tasks;
  const consume = { queues, prefetch: IN_HAND };
  const taken = await sample(processes.slice(0, 1), servers, consume, tasks);
  const remembered = ((await servers.storeBytes()) - emptyStore) / taken.tasks;
  const { tasks_per_second, cpu_us_per_task } = figuresOf(taken);
  return {
    ...{ tasks, tasks_per_second, cpu_us_per_task },
    rabbitmq_bytes_per_waiting_task: Math.round(waiting),
    redis_bytes_per_remembered_task: Math.round(remembered),
  };
}
