import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { chain, triggerNode, type SwarmWorld } from '../../support/swarmWorld';

export type WorkflowNode = ReturnType<typeof triggerNode>;

export const NO_OP: WorkflowNode = {
  name: 'No-Op',
  type: 'n8n-nodes-base.noOp',
  typeVersion: 1,
  parameters: {},
};

export interface Flow {
  readonly queue: string;
  readonly trigger: WorkflowNode;
  readonly next: WorkflowNode;
  readonly messages: number;
  /** Of the trigger: as many may be in hand. */
  readonly prefetch: number;
}

/** Called at both ends of the time that counts. */
export type AtEnds<T> = () => T | Promise<T>;

/**
 * Fills the queue, which stands, and lets a workflow of two nodes work through it. A rate is (messages - prefetch) / (time from a full
 * window to an empty queue): when the window is full nothing is acked yet, and when nothing is ready any more all but a window's worth is.
 */
export async function throughput(world: SwarmWorld, flow: Flow): Promise<number> {
  return (await throughputWith(world, flow, () => undefined)).rate;
}

export async function throughputWith<T>(
  world: SwarmWorld,
  { queue, trigger, next, messages, prefetch }: Flow,
  atEnds: AtEnds<T>,
): Promise<{ rate: number; before: T; after: T }> {
  const { api } = world.n8n;
  await fill(world, queue, messages);
  const workflow = await api.createWorkflow(chain(queue, [trigger, next]));
  const activated = api.activate(workflow);
  const began = await reaches(world, queue, messages - prefetch);
  const before = await atEnds();
  const ended = await reaches(world, queue, 0);
  const after = await atEnds();
  await activated;
  await api.deactivate(workflow.id);
  await world.plain.channel.deleteQueue(queue);
  return { rate: ((messages - prefetch) / (ended - began)) * 1000, before, after };
}

/** The queue as the pack's trigger makes it, before it is filled. */
export async function declareThroughTrigger(world: SwarmWorld, queue: string): Promise<void> {
  const { api } = world.n8n;
  const trigger = triggerNode(world.credentials, queue);
  const workflow = await api.createWorkflow(chain(queue, [trigger, NO_OP]));
  await api.activate(workflow);
  await api.deactivate(workflow.id);
}

async function fill(world: SwarmWorld, queue: string, count: number): Promise<void> {
  for (let start = 0; start < count; start += 1000) {
    const size = Math.min(1000, count - start);
    await Promise.all(
      Array.from({ length: size }, (_, index) => {
        const id = `${queue}-${start + index}`;
        const body = { task_id: id, intent: 'extract', ref: `pg:documents/${start + index}` };
        return world.plain.publish(queue, body, { messageId: id });
      }),
    );
  }
}

/** Waits until no more than `ready` messages are ready, and tells when. */
async function reaches(world: SwarmWorld, queue: string, ready: number): Promise<number> {
  for (;;) {
    const { messageCount } = await world.plain.channel.checkQueue(queue);
    if (messageCount <= ready) return performance.now();
    await delay(2);
  }
}
