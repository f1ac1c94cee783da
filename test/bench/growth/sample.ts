import { setTimeout as delay } from 'node:timers/promises';

import type { Forked } from '../forked/forked';
import type { Consumed, ConsumeAsk } from './consumerHost';
import type { Servers } from './servers';

export type ConsumerProcess = Forked<ConsumeAsk, Consumed>;

/** What some tasks took. */
export interface Taken {
  readonly tasks: number;
  readonly dropped: number;
  readonly ms: number;
  /** CPU of all consumer processes, of RabbitMQ, and of Redis. */
  readonly consumerMs: number;
  readonly brokerMs: number;
  readonly storeMs: number;
}

export interface Figures {
  readonly tasks_per_second: number;
  readonly cpu_us_per_task: number;
  readonly consumer_us: number;
  readonly broker_us: number;
  readonly store_us: number;
}

/** Share of the tasks after which the clock stops: what comes last no longer fills what may be in hand. */
const COUNTED = 0.95;
const BETWEEN_LOOKS_MS = 10;

interface Look extends Taken {
  readonly atMs: number;
}

/** Looks at all processes together: the time is the mean of theirs. */
async function look(
  processes: readonly ConsumerProcess[],
  servers: Servers,
  ask: ConsumeAsk,
): Promise<Look> {
  const all = await Promise.all(processes.map((each) => each.ask(ask)));
  const { broker, store } = await servers.cpuMs();
  const sum = (figure: (one: Consumed) => number) =>
    all.reduce((total, one) => total + figure(one), 0);
  return {
    tasks: sum(({ tasks }) => tasks),
    dropped: sum(({ dropped }) => dropped),
    ms: 0,
    consumerMs: sum(({ cpuMs }) => cpuMs),
    brokerMs: broker,
    storeMs: store,
    atMs: sum(({ atMs }) => atMs) / all.length,
  };
}

/** Lets the processes consume these queues until so many tasks are done, from the moment when all consume. */
export async function sample(
  processes: readonly ConsumerProcess[],
  servers: Servers,
  consume: { readonly queues: readonly string[]; readonly prefetch: number },
  tasks: number,
): Promise<Taken> {
  const before = await look(processes, servers, { act: 'tell' });
  const began = await look(processes, servers, { act: 'begin', ...consume });
  let now = began;
  while (now.tasks - before.tasks < tasks * COUNTED) {
    await delay(BETWEEN_LOOKS_MS);
    now = await look(processes, servers, { act: 'tell' });
  }
  await Promise.all(processes.map((each) => each.ask({ act: 'end' })));
  return {
    tasks: now.tasks - began.tasks,
    dropped: now.dropped - before.dropped,
    ms: now.atMs - began.atMs,
    consumerMs: now.consumerMs - began.consumerMs,
    brokerMs: now.brokerMs - began.brokerMs,
    storeMs: now.storeMs - began.storeMs,
  };
}

export function together(all: readonly Taken[]): Taken {
  const sum = (figure: keyof Taken) => all.reduce((total, one) => total + one[figure], 0);
  return {
    tasks: sum('tasks'),
    dropped: sum('dropped'),
    ms: sum('ms'),
    consumerMs: sum('consumerMs'),
    brokerMs: sum('brokerMs'),
    storeMs: sum('storeMs'),
  };
}

export function figuresOf({ tasks, ms, consumerMs, brokerMs, storeMs }: Taken): Figures {
  const us = (cpuMs: number) => Math.round((cpuMs / tasks) * 1000);
  return {
    tasks_per_second: Math.round((tasks / ms) * 1000),
    cpu_us_per_task: us(consumerMs + brokerMs + storeMs),
    consumer_us: us(consumerMs),
    broker_us: us(brokerMs),
    store_us: us(storeMs),
  };
}
