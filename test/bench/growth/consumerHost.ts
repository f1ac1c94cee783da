import type { Consumer, ConsumerEvents, Tell } from '../../../src/index';
import { BUILD, engineOf } from '../engine/engine';
import { serve } from '../forked/forked';

export type ConsumeAsk =
  /** Answered when each queue is consumed. */
  | { readonly act: 'begin'; readonly queues: readonly string[]; readonly prefetch: number }
  | { readonly act: 'tell' }
  | { readonly act: 'end' };

/** Counted since the process began. */
export interface Consumed {
  readonly tasks: number;
  /** Messages that came again although their task was done, and were dropped. */
  readonly dropped: number;
  /** CPU of this process. */
  readonly cpuMs: number;
  /** When this was so, by the clock of the machine. */
  readonly atMs: number;
}

/** A process with a consumer for each queue it is given, as n8n's main has one for each trigger. */
function consumers(place: { readonly brokerUrl: string; readonly storeUrl: string }) {
  const consume = engineOf(place, BUILD);
  let running: readonly Consumer[] = [];
  let tasks = 0;
  let dropped = 0;
  let fault: string | undefined;

  const tell: Tell = (name, event) => {
    if (name === 'ready') return;
    const { verdict } = event as Partial<ConsumerEvents['settled']>;
    if (verdict?.kind === 'done') tasks += 1;
    else if (verdict?.kind === 'dropped' && verdict.state === 'done') dropped += 1;
    else fault = `${name} ${JSON.stringify(event)}`;
  };

  return Promise.resolve(async (ask: ConsumeAsk): Promise<Consumed> => {
    if (ask.act === 'begin') {
      const { queues, prefetch } = ask;
      running = await Promise.all(queues.map((queue) => consume(queue, prefetch, tell)));
    }
    if (ask.act === 'end') await Promise.all(running.map((consumer) => consumer.close()));
    if (fault !== undefined) throw new Error(fault);
    const { user, system } = process.cpuUsage();
    const atMs = performance.timeOrigin + performance.now();
    return { tasks, dropped, cpuMs: (user + system) / 1000, atMs };
  });
}

void serve(consumers);
