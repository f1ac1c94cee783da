import { z } from 'zod/v4';

import type { BudgetLimits } from '../contract/budget';

/** What is to be worked off, and by what kind of worker. */
export const workloadSchema = z.object({
  /** Tasks that come, a second. */
  arrivals: z.number().min(0).max(1_000_000),
  /** Tasks that wait already. */
  waiting: z.int().min(0).max(1_000_000_000).default(0),
  /** In how many seconds those shall be gone, where no budget sets the pace. */
  drainSeconds: z.number().gt(0).optional(),
  /** How long a run takes, s, on average. */
  runSeconds: z.number().gt(0).max(86_400),
  /** LLM calls of a task, one after the other. */
  calls: z.number().min(0).max(10_000).default(1),
  /** How long a call takes, s; left out: the run is nothing but calls. */
  callSeconds: z.number().gt(0).max(86_400).optional(),
  /** Tokens of all calls of a task, on average. */
  inputTokens: z.number().min(0).max(1_000_000_000).default(0),
  outputTokens: z.number().min(0).max(1_000_000_000).default(0),
  /** Output tokens that a call reserves; left out: as many as it uses. */
  reservedTokens: z.number().min(0).max(1_000_000_000).optional(),
  /** Executions of one worker at once, its --concurrency. */
  slots: z.int().min(1).max(1000).default(10),
  /** CPU that an execution takes, s, and cores of a worker. */
  cpuSeconds: z.number().min(0).max(3600).default(0.1),
  cores: z.number().gt(0).max(1024).default(1),
});

export type Workload = z.output<typeof workloadSchema>;

/** One limit of a budget, and what it lets through. */
export interface Bound {
  readonly limit: string;
  readonly tasksPerSecond: number;
}

export interface Advice {
  /** The limit that is reached first; undefined without a budget, or with one that limits nothing of this. */
  readonly bound: Bound | undefined;
  /** What workers are laid out for: all that the budget feeds, else what comes and is to be drained. */
  readonly tasksPerSecond: number;
  /** Tasks under way at that rate: rate x run time (Little's law). */
  readonly inHand: number;
  /** Workers for what comes, and for the whole rate. More of them would only wait for the budget. */
  readonly workers: { readonly least: number; readonly most: number };
  /** Deliveries in hand of all consumers of the queue together. */
  readonly prefetch: number;
  /** Arrivals over rate; above 1 tasks pile up. */
  readonly load: number;
  /** Until what waits is gone, s; undefined when it never is. */
  readonly drainSeconds: number | undefined;
}

/** So many deliveries more than Little's law asks for, so that a slot does not wait for the next one. */
const SPARE = 1.1;
const MOST_PREFETCH = 2000;
/** Half a cell of the budget's book, s: a charge leaves with its cell. */
const CELL_SECONDS = { minute: 0.125, day: 30 };
const SPAN_SECONDS = { minute: 60, day: 86_400 };

/** Workers and prefetch for a workload. Pure. */
export function advise(workload: Workload, limits?: BudgetLimits): Advice {
  const { arrivals, waiting, runSeconds, slots, cpuSeconds, cores } = workload;
  const [bound] = (limits ? boundsOf(workload, limits) : []).sort(
    (a, b) => a.tasksPerSecond - b.tasksPerSecond,
  );
  const needed = arrivals + (workload.drainSeconds ? waiting / workload.drainSeconds : 0);
  const rate = bound?.tasksPerSecond ?? needed;
  const inHand = rate * runSeconds;
  const workersFor = (tasks: number) =>
    Math.ceil(Math.max((tasks * runSeconds) / slots, (tasks * cpuSeconds) / cores));
  const most = Math.max(1, workersFor(rate));
  const spare = rate - arrivals;
  return {
    bound,
    tasksPerSecond: rate,
    inHand,
    workers: { least: Math.min(most, workersFor(arrivals)), most },
    prefetch: Math.max(1, Math.min(MOST_PREFETCH, most * slots, Math.ceil(inHand * SPARE))),
    load: rate === 0 ? 0 : arrivals / rate,
    drainSeconds: waiting === 0 ? 0 : spare > 0 ? waiting / spare : undefined,
  };
}

/**
 * What each limit lets through, in tasks a second. A request counts from its grant until a minute and the guard later. Tokens are held as
 * reserved while the call is under way, and count as used for a minute and the guard after it: with rate x, window W, tokens u used and m
 * reserved of a call that takes S seconds, x (W u + S m) fills the limit.
 */
export function boundsOf(
  workload: Workload,
  { minute, day, calls: atOnce, guardMs }: BudgetLimits,
): Bound[] {
  const { inputTokens: input, outputTokens: output } = workload;
  // Of tasks that make no call nothing is asked.
  const calls = workload.calls || 1;
  const callSeconds = workload.callSeconds ?? workload.runSeconds / Math.max(1, calls);
  const busy = workload.calls * callSeconds;
  const reserved = workload.reservedTokens ?? output / calls;
  const perCall = input / calls;
  const found: Bound[] = [];
  const add = (limit: string, most: number | undefined, takes: number) => {
    if (most !== undefined && takes > 0) found.push({ limit, tasksPerSecond: most / takes });
  };
  for (const [span, amounts] of Object.entries({ minute, day })) {
    const name = span as keyof typeof SPAN_SECONDS;
    const window = SPAN_SECONDS[name] + guardMs / 1000 + CELL_SECONDS[name];
    add(`requests a ${name}`, amounts.requests, window * workload.calls);
    add(`input tokens a ${name}`, amounts.input, window * input + busy * perCall);
    add(`output tokens a ${name}`, amounts.output, window * output + busy * reserved);
    const held = busy * (perCall + reserved);
    add(`tokens a ${name}`, amounts.total, window * (input + output) + held);
  }
  add('calls at once', atOnce, busy);
  return found;
}
