import { availableParallelism } from 'node:os';

import { n8nVersion } from '../support/programs';
import type { FaultName, Spans } from './faults';
import { leasedAt, type Twice } from './judge';
import {
  BATCH,
  BATCHES,
  HEARTBEAT_SECONDS,
  LEASE_SECONDS,
  PREFETCH,
  RUN_LIMIT_SECONDS,
} from './limits';
import type { TriggerKind } from './lines';
import type { Planned } from './plan';
import type { Seen } from './record';
import type { Rest } from './rest';

export interface Facts {
  readonly options: {
    readonly faults: readonly FaultName[];
    readonly spans: Spans;
    readonly trigger: TriggerKind;
    readonly workerPack?: string | undefined;
  };
  readonly versions: { readonly rabbitmq: string; readonly redis: string };
  readonly seconds: number;
  readonly planned: readonly Planned[];
  readonly seen: readonly Seen[];
  readonly twice: readonly Twice[];
  readonly left: Rest;
  readonly resumeS: Readonly<Record<string, number | null>>;
}

/** What a fault did to tasks that were in hand, or finished. */
export interface Toll {
  effects_twice: number;
  llm_calls_twice: number;
  /** Of both those under one lease: n8n gave the execution to another worker, or a batch failed as a whole and ran again, each alone. */
  same_lease: number;
}

export interface Report {
  readonly bench: 'chaos';
  readonly settings: object;
  readonly tasks: number;
  readonly lost: number;
  readonly unsettled: number;
  readonly effects_twice: number;
  readonly llm_calls_twice: number;
  /** Second effects and calls that no fault explains, and dead letters that were not planned. */
  readonly unexplained: number;
  readonly retried: number;
  readonly dead: number;
  /** Tasks that ran again because Redis had forgotten that they were finished or at work. */
  readonly forgotten: number;
  readonly seconds: number;
  /** From the end of a fault to the first run that began after it; null: not within the limit. */
  readonly resume_s: Readonly<Record<string, number | null>>;
  readonly faults: Readonly<Record<string, Toll>>;
  /** The first of what should not be there. */
  readonly examples: readonly unknown[];
}

const EXAMPLES = 20;

export function report(facts: Facts): Report {
  const { options, versions, seconds, planned, seen, twice, left, resumeS } = facts;
  const unexplained = twice.filter(({ because }) => because === undefined);
  const of = (what: Twice['what'], all: readonly Twice[] = twice) =>
    all.filter((one) => one.what === what).length;
  const faults = Object.fromEntries(
    options.faults.map((name): [string, Toll] => {
      const own = twice.filter(({ because }) => because?.fault === name);
      const sameLease = own.filter(({ fence, before }) => fence === before).length;
      const toll = { effects_twice: of('effect', own), llm_calls_twice: of('llm', own) };
      return [name, { ...toll, same_lease: sameLease }];
    }),
  );
  const tries = new Set(
    seen.filter(({ attempt }) => attempt > 1).map(({ task, attempt }) => `${task} ${attempt}`),
  );
  const forgotten = new Set(
    twice.filter(({ because }) => because?.doubles === 'forgotten').map(({ task }) => task),
  );
  return {
    bench: 'chaos',
    settings: {
      trigger: options.trigger,
      n8n: n8nVersion(),
      node: process.version,
      ...versions,
      mode: 'queue, 2 workers, PostgreSQL',
      run_limit_s: RUN_LIMIT_SECONDS,
      lease_s: LEASE_SECONDS,
      heartbeat_s: HEARTBEAT_SECONDS,
      prefetch: PREFETCH,
      batch: BATCH,
      batch_prefetch: BATCHES * BATCH,
      two_versions: options.workerPack !== undefined,
      ...options.spans,
      cpus: availableParallelism(),
    },
    tasks: planned.length,
    lost: left.lost.length,
    unsettled: left.unsettled.length,
    effects_twice: of('effect'),
    llm_calls_twice: of('llm'),
    unexplained: unexplained.length + left.deadUnplanned.length,
    retried: tries.size,
    dead: left.dead.size,
    forgotten: forgotten.size,
    seconds,
    resume_s: resumeS,
    faults,
    examples: [
      ...left.lost.map((task) => ({ lost: task })),
      ...left.unsettled.map((what) => ({ unsettled: what })),
      ...left.deadUnplanned.map((task) => ({ dead: task, reason: left.dead.get(task) })),
      ...unexplained.map((one) => ({ ...one, history: historyOf(one.task, seen) })),
    ].slice(0, EXAMPLES),
  };
}

/** All that was seen of a task, in seconds since it was first seen: when, and in brackets when its lease was given. */
function historyOf(task: string, seen: readonly Seen[]): string {
  const own = seen.filter((one) => one.task === task);
  const since = own[0]?.at ?? 0;
  const after = (at: number) => Math.round((at - since) / 100) / 10;
  return own
    .map(({ what, at, fence }) => `${what} ${after(at)} (${after(leasedAt(fence))})`)
    .join(', ');
}
