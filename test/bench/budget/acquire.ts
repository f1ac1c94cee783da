import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import { Budgets } from '../../../src/budget/budgets';
import { reservationOf } from '../../../src/budget/reservation';
import { askSchema } from '../../../src/contract/budget';
import type { StoreSettings } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';
import { mostInAMinute } from '../../support/llmCalls';
import { quantile } from '../../support/quantile';
import type { Callers } from './callerHost';
import { rounded, type Figures } from './figures';
import { startForked } from '../forked/forked';
import { CONSUMERS, MINUTE_MS, REQUESTS } from './scenario';

const WAITING = 1000;
const WAITED_FOR = 'a thousand wait';
/** Of its own, never full: what is measured is the way, not the wait. */
const MEASURED = 'measured';
const AMPLE = { minute: { requests: 1_000_000, total: 1_000_000_000 } };
const BETWEEN_PAIRS_MS = 5;
/** Before anything counts: connections, compiled scripts and code. */
const WARM_MS = 5000;

/** One ask and one PING on one connection, in turns, while a thousand consumers wait for another budget of the same store. */
export async function measureAcquire(settings: StoreSettings, minutes: number): Promise<Figures> {
  const store = await Store.open(settings, 'once');
  const budgets = new Budgets(store);
  const limits = { minute: { requests: REQUESTS } };
  await budgets.create(WAITED_FOR, limits, { ifThere: 'keep', isNew: true });
  await budgets.create(MEASURED, AMPLE, { ifThere: 'keep', isNew: true });
  const given: Callers = { store: settings, budget: WAITED_FOR, callers: WAITING / CONSUMERS };
  const processes = await Promise.all(
    Array.from({ length: CONSUMERS }, () =>
      startForked<'granted', number[]>(join(__dirname, 'callerHost.ts'), given),
    ),
  );
  try {
    await pause(WARM_MS);
    const redisCpu = await cpuShare(store, () => pause(minutes * MINUTE_MS));
    const { waiting } = (await budgets.state(WAITED_FOR)) ?? { waiting: 0 };
    const { asks, pings } = await alternate(store, budgets, MINUTE_MS);
    const granted = (await Promise.all(processes.map((one) => one.ask('granted')))).flat();
    return {
      p50_ms: rounded(quantile(asks, 0.5)),
      p99_ms: rounded(quantile(asks, 0.99)),
      ping_p50_ms: rounded(quantile(pings, 0.5)),
      ping_p99_ms: rounded(quantile(pings, 0.99)),
      pairs: asks.length,
      waiting,
      redis_cpu: rounded(redisCpu),
      most_granted_in_60_s: mostInAMinute(
        granted.map((at) => ({ arrived: at, ended: at, tokens: 1, rejected: false })),
      ),
      limit: REQUESTS,
    };
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    store.close();
  }
}

async function alternate(store: Store, budgets: Budgets, forMs: number) {
  const asks: number[] = [];
  const pings: number[] = [];
  const timed = async (into: number[], act: () => Promise<unknown>) => {
    const began = performance.now();
    await act();
    into.push(performance.now() - began);
  };
  const until = performance.now() + WARM_MS + forMs;
  const counts = () => performance.now() > until - forMs;
  for (let pair = 0; performance.now() < until; pair += 1) {
    const ask = askSchema.parse({ id: `ask ${pair}`, input: 200, output: 1000 });
    const [intoAsks, intoPings] = counts() ? [asks, pings] : [[], []];
    const reserve = () =>
      timed(intoAsks, async () => {
        const { kind } = await budgets.reserve(MEASURED, ask);
        if (kind !== 'granted') throw new Error(kind);
      });
    const ping = () => timed(intoPings, () => store.ask((client) => client.ping()));
    // Who comes first after the pause pays for waking up.
    for (const act of pair % 2 === 0 ? [reserve, ping] : [ping, reserve]) await act();
    const { requests, input, output } = ask;
    await budgets.reconcile(reservationOf(MEASURED, ask, { requests, input, output }));
    await pause(BETWEEN_PAIRS_MS);
  }
  return { asks, pings };
}

/** Of one core, used by the server meanwhile. */
async function cpuShare(store: Store, meanwhile: () => Promise<unknown>): Promise<number> {
  const used = async () => {
    const info = await store.ask((client) => client.info('cpu'));
    const seconds = (field: string) => Number(new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1]);
    return seconds('used_cpu_user') + seconds('used_cpu_sys');
  };
  const [began, before] = [performance.now(), await used()];
  await meanwhile();
  return ((await used()) - before) / ((performance.now() - began) / 1000);
}
