import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { say } from '../../../src/word/say';
import { readToken } from '../../../src/word/token';
import { startConsumer, TestHost, type RunningConsumer, type World } from '../../support/world';

/** Far below the 10 s after which the next renewal would find a word that was not heard. */
const HEARD_WITHIN_MS = 3000;
/** Tasks flow before the subscriber is back: what is said in between waits for a renewal. */
const HEARS_AGAIN_WITHIN_MS = 15_000;

/** Tasks on their way through a consumer whose store is in trouble. */
export interface Flow {
  readonly running: RunningConsumer;
  /** The key of one of its tasks; all are of one hash tag. */
  readonly key: string;
  /** All at once, so that they are admitted together. */
  publish(count: number): Promise<void>;
  /** Waits until so many have ended. */
  ended(count: number): Promise<void>;
  /** All that was published ended, each once and well, after one run; the broker holds nothing back. */
  expectEachDoneOnce(): Promise<void>;
  /** A word said by another process ends its task before the next renewal would find it. */
  expectHears(): Promise<void>;
  close(): Promise<void>;
}

export async function startFlow(world: World, store: StoreSettings): Promise<Flow> {
  const name = `flow-${randomUUID()}`;
  const host = new TestHost(([item]) =>
    item?.intent === 'listen' ? undefined : { kind: 'succeeded' },
  );
  const running = await startConsumer(
    { broker: world.broker, store },
    { queue: name, scope: name, prefetch: 20 },
    host,
  );
  const speaker = await Store.open(store, 'endless');
  const published: string[] = [];
  const publish = async (intent: string) => {
    const id = `t${published.length}`;
    published.push(id);
    await world.plain.publish(name, { task_id: id, intent }, { messageId: id });
    return id;
  };
  const state = async (id: string) =>
    await speaker.ask((client) => client.hget(speaker.keys.task(name, id), 'state'));

  /** Says a word about a task of its own; the run goes on until it is known whether that was heard. */
  const isHeard = async () => {
    const id = await publish('listen');
    await host.started(published.length);
    const run = host.runs.find(({ items }) => items[0]?.task_id === id);
    const token = readToken(run?.items[0]?.swarm.delivery);
    if (token.test) throw new Error('a live delivery has a live token');
    await say(speaker, token, { kind: 'complete' });
    const saidAt = performance.now();
    while ((await state(id)) !== 'done' && performance.now() - saidAt < HEARD_WITHIN_MS) {
      await delay(20);
    }
    const heard = (await state(id)) === 'done';
    run?.end({ kind: 'succeeded' });
    await running.settled(published.length);
    return heard;
  };

  return {
    running,
    key: speaker.keys.task(name, 't0'),
    async publish(count) {
      await Promise.all(Array.from({ length: count }, () => publish('work')));
    },
    async ended(count) {
      await running.settled(count);
    },
    async expectEachDoneOnce() {
      const settled = await running.settled(published.length);
      expect(settled.map(({ messageId }) => messageId).sort()).toEqual([...published].sort());
      expect(settled.filter(({ verdict }) => verdict.kind !== 'done')).toEqual([]);
      const run = host.runs.flatMap(({ items }) => items.map((item) => item.task_id));
      expect(run.sort()).toEqual([...published].sort());
      await world.plain.waitForUnacked(name, 0);
    },
    async expectHears() {
      const until = performance.now() + HEARS_AGAIN_WITHIN_MS;
      while (!(await isHeard())) expect(performance.now()).toBeLessThan(until);
    },
    async close() {
      host.runs.forEach((run) => run.end({ kind: 'succeeded' }));
      speaker.close();
      await running.close();
    },
  };
}
