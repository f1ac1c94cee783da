import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ConsumerEvents } from '../../../src/contract/events';
import type { ConsumerOptions } from '../../../src/contract/settings';
import { TEST_TOKEN } from '../../../src/word/token';
import type { Ran, Task } from '../../support/engine';
import { startEngineProcess } from '../../support/engineProcess';
import { storeForm } from '../../support/storeAddress';
import { newWorld, TestHost, type RunningConsumer, type World } from '../../support/world';

type Settled = ConsumerEvents['settled'];

/** Deliveries whose runs do not end by themselves: only what a node says can settle them. */
export interface Deliveries {
  readonly running: RunningConsumer;
  readonly queue: string;
  readonly items: INodeExecutionData[];
  /** Their tasks in the store, in the order of the items. */
  readonly tasks: string[];
  /** Ends the runs as failed and waits: what is done then is so by the word alone. */
  settled(): Promise<Settled[]>;
  /** The same, once the trigger has heard what was said and has done it. */
  heard(): Promise<Settled[]>;
}

export interface WordWorld extends World {
  deliveries(count: number, options?: Partial<ConsumerOptions>): Promise<Deliveries>;
  /** Runs Task: <operation> in n8n's engine. */
  say(
    operation: string,
    items: INodeExecutionData[],
    parameters?: IDataObject,
    more?: Pick<Task, 'between' | 'onError'>,
  ): Promise<Ran>;
}

/** What Agent Swarm Trigger gives out in a test by hand. */
export const TEST_ITEM = { json: { swarm: { delivery: TEST_TOKEN } } };

export async function startWordWorld(): Promise<WordWorld> {
  const world = await newWorld();
  const n8n = await startEngineProcess({ agentSwarmRedisApi: storeForm(world.store) });
  let queues = 0;
  return {
    ...world,
    async deliveries(count, options = {}) {
      const queue = `work-${(queues += 1)}`;
      const host = new TestHost(() => undefined);
      const running = await world.consume({ queue, ...options }, host);
      for (let index = 0; index < count; index += 1) {
        const body = { task_id: `t${index}`, intent: 'x' };
        await world.plain.publish(queue, body, { messageId: `t${index}` });
      }
      await host.started(count);
      const json = host.runs.flatMap(({ items }) => items) as unknown as IDataObject[];
      const all = await world.keys.tasks();
      const tasks = host.runs.flatMap(({ items }) =>
        items.map(({ task_id: id }) => taskKey(all, queue, id)),
      );
      const before = await Promise.all(tasks.map((task) => world.keys.hash(task)));
      const settled = async () => {
        const error = { name: 'Error', message: 'after the word' };
        // Not those that began again since.
        for (const run of host.runs.slice(0, count)) run.end({ kind: 'failed', error });
        return await running.settled(count);
      };
      return {
        running,
        queue,
        items: json.map((item) => ({ json: item })),
        tasks,
        settled,
        async heard() {
          for (const [index, task] of tasks.entries()) {
            const { fence } = before[index] ?? {};
            for (let same = true; same;) {
              const now = await world.keys.hash(task);
              same = now.state === 'live' && now.fence === fence;
            }
          }
          return await settled();
        },
      };
    },
    say: (operation, items, parameters = {}, more = {}) =>
      n8n.run({ parameters: { resource: 'task', operation, ...parameters }, items, ...more }),
    async end() {
      await n8n.stop();
      await world.end();
    },
  };
}

function taskKey(all: readonly string[], queue: string, id: string): string {
  return all.find((key) => key.endsWith(`|${queue}}:task:${id}`)) ?? '';
}

/** What became of each message. */
export function verdictsOf(settled: readonly Settled[]): Record<string, Settled['verdict']> {
  return Object.fromEntries(
    settled.map(({ messageId, verdict }) => [messageId ?? '', verdict] as const),
  );
}
