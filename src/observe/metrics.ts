import {
  Counter,
  Gauge,
  Registry,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';

import { TIME_BOUNDS_MS } from '../contract/counts';
import type { BudgetSight, Counts, QueueSight, Sight } from './look';

/** Price of a million tokens, in any currency. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

type Labels = Record<string, string>;

/**
 * What was seen, as Prometheus takes it (text format 0.0.4). Labels are bounded: queues, virtual hosts, budgets, reasons, constraints, and
 * at most 100 tenants a budget. What a source does not tell is left out, and `agent_swarm_source_up` says which one it is.
 *
 * @param prices by budget; with them money is told as well
 */
export async function metricsText(
  sight: Sight,
  prices: ReadonlyMap<string, Price> = new Map(),
): Promise<string> {
  const registry = new Registry();
  const page = new Page(registry);
  for (const [source, answer] of Object.entries(sight.sources)) {
    if (answer) {
      page.gauge(
        'source_up',
        'Whether this source answered: 1 or 0',
        { source },
        answer.ok ? 1 : 0,
      );
    }
  }
  for (const queue of sight.queues) tellQueue(page, queue);
  for (const budget of sight.budgets) tellBudget(page, budget, prices.get(budget.name));
  return await registry.metrics();
}

function tellQueue(page: Page, seen: QueueSight): void {
  const { queue, vhost, counts } = seen;
  const at = { queue, vhost };
  page.gauge('queue_ready', 'Tasks that wait, lanes included', at, seen.ready);
  page.gauge('queue_in_flight', 'Tasks in the hands of consumers', at, seen.inFlight);
  page.gauge('queue_consumers', 'Consumers', at, seen.consumers);
  page.gauge('queue_dead_letters', 'Tasks in the dead-letter queue', at, seen.deadLetters);
  page.gauge(
    'queue_oldest_seconds',
    'Since the task was sent that began last; what waits came after it. Absent without a consumer',
    at,
    seen.oldest,
  );
  const count = (name: string, help: string, from: string) =>
    page.counter(name, help, at, counts[from]);
  count('tasks_received_total', 'Deliveries, copies and retries included', 'received');
  count('tasks_runs_total', 'Runs begun', 'runs');
  count('tasks_done_total', 'Tasks done', 'done');
  count('tasks_duplicates_total', 'Copies of a known task that were dropped', 'duplicates');
  count('tasks_retried_total', 'Runs that failed and come back', 'retried');
  count('tasks_throttled_total', 'Runs put off without counting as an attempt', 'throttled');
  count('tasks_parked_total', 'Runs that went to a Wait node', 'parked');
  count('tasks_replayed_total', 'Dead letters that ran again', 'replayed');
  count('tasks_crashes_total', 'Leases that ran out because their process vanished', 'crashes');
  for (const [reason, dead] of named(counts, 'dead:')) {
    page.counter('tasks_dead_total', 'Tasks that gave up', { ...at, reason }, dead);
  }
  page.histogram('wait_seconds', 'From sent to the first run', at, counts, 'wait');
  page.histogram(
    'run_seconds',
    'From the start of a run to its end, its word or its limit',
    at,
    counts,
    'run',
  );
}

function tellBudget(page: Page, { name, state, counts }: BudgetSight, price?: Price): void {
  const at = { budget: name };
  if (state) {
    page.gauge(
      'budget_blocked',
      'Whether the provider pushed back: 1 or 0',
      at,
      +(state.blockedMs > 0),
    );
    page.gauge('budget_blocked_seconds', 'Until it is over', at, state.blockedMs / 1000);
    page.gauge('budget_paused', 'Whether a person paused it: 1 or 0', at, +state.paused);
    page.gauge('budget_calls', 'Calls under way', at, state.calls);
    page.gauge('budget_waiting', 'Calls that wait for their turn', at, state.waiting);
    for (const direction of ['input', 'output'] as const) {
      const help = 'Tokens held for calls under way';
      page.gauge('budget_reserved_tokens', help, { ...at, direction }, state.reserved[direction]);
    }
    for (const span of ['minute', 'day'] as const) {
      const limits = state.limits[span];
      const { requests, input, output } = state[span];
      const used = { requests, input, output, total: input + output };
      for (const constraint of ['requests', 'input', 'output', 'total'] as const) {
        const limit = limits[constraint];
        if (limit === undefined) continue;
        const labels = { ...at, constraint: `${constraint}_${span}` };
        page.gauge('budget_limit', 'Requests or tokens that it may grant', labels, limit);
        page.gauge('budget_used', 'Requests or tokens in its window', labels, used[constraint]);
      }
    }
  }
  page.counter('budget_granted_total', 'Calls that were let go', at, counts.granted);
  page.counter('budget_calls_ended_total', 'Calls whose usage was charged', at, counts.calls);
  page.counter('budget_pushed_back_total', 'Answers 429', at, counts.pushed_back);
  page.counter('budget_blocks_total', 'Times it was blocked', at, counts.blocks);
  for (const [constraint, waits] of named(counts, 'waits:')) {
    const help = 'Asks that were told to wait, by what stood in the way';
    page.counter('budget_throttled_total', help, { ...at, constraint }, waits);
  }
  for (const [direction, key] of DIRECTIONS) {
    const labels = { ...at, direction };
    const tell = (metric: string, help: string, from: string) =>
      page.counter(metric, help, labels, counts[`${from}:${key}`]);
    tell('budget_tokens_total', 'Tokens that calls used', 'used');
    tell('budget_tokens_reserved_total', 'Tokens that were reserved for calls', 'reserved');
    tell('budget_tokens_over_estimate_total', 'Used beyond what was reserved', 'above');
    tell('budget_tokens_under_estimate_total', 'Reserved and not used', 'below');
  }
  tellTenants(page, at, counts, price);
}

const DIRECTIONS = [
  ['input', 'i'],
  ['output', 'o'],
] as const;

const MILLION = 1_000_000;

function tellTenants(page: Page, at: Labels, counts: Counts, price: Price | undefined): void {
  const spent = (input = 0, output = 0) =>
    price && (input * price.input + output * price.output) / MILLION;
  const help = 'What its tokens cost, at the prices given';
  page.counter('budget_cost_total', help, at, spent(counts['used:i'], counts['used:o']));
  for (const [name, calls] of named(counts, 'tenant:')) {
    const [, tenant] = /^(.*):calls$/.exec(name) ?? [];
    if (tenant === undefined) continue;
    const labels = { ...at, tenant };
    page.counter('tenant_calls_total', 'Calls of a tenant', labels, calls);
    const [input, output] = DIRECTIONS.map(([direction, key]) => {
      const used = counts[`tenant:${tenant}:${key}`] ?? 0;
      const whose = { ...labels, direction };
      page.counter('tenant_tokens_total', 'Tokens that a tenant used', whose, used);
      return used;
    });
    page.counter('tenant_cost_total', help, labels, spent(input, output));
  }
}

/** Counts whose names begin so, by what follows. */
function named(counts: Counts, prefix: string): [name: string, count: number][] {
  return Object.entries(counts)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, count]) => [name.slice(prefix.length), count]);
}

const PREFIX = 'agent_swarm_';

/** Puts figures into a registry, each metric made when its first figure comes. */
class Page {
  private readonly made = new Map<string, Gauge | Counter | Times>();

  constructor(private readonly registry: Registry) {}

  gauge(name: string, help: string, labels: Labels, value: number | undefined): void {
    if (value === undefined) return;
    this.metric(name, (options) => new Gauge(options), help, labels).set(labels, value);
  }

  counter(name: string, help: string, labels: Labels, value: number | undefined): void {
    if (value === undefined) return;
    this.metric(name, (options) => new Counter(options), help, labels).inc(labels, value);
  }

  histogram(name: string, help: string, labels: Labels, counts: Counts, from: string): void {
    if (named(counts, `${from}:`).length === 0) return;
    const made = this.made.get(name) ?? new Times(PREFIX + name, help);
    if (!this.made.has(name)) this.registry.registerMetric(made as unknown as Gauge);
    this.made.set(name, made);
    (made as Times).add(labels, counts, from);
  }

  private metric<M extends Gauge | Counter>(
    name: string,
    make: (options: {
      name: string;
      help: string;
      labelNames: string[];
      registers: Registry[];
    }) => M,
    help: string,
    labels: Labels,
  ): M {
    const known = this.made.get(name) as M | undefined;
    if (known) return known;
    const labelNames = Object.keys(labels);
    const made = make({ name: PREFIX + name, help, labelNames, registers: [this.registry] });
    this.made.set(name, made);
    return made;
  }
}

/** A histogram that was counted elsewhere: the client's own takes single observations alone. */
class Times {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly values: (MetricValue<string> & { metricName: string })[] = [];

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  add(labels: Labels, counts: Counts, from: string): void {
    let total = 0;
    const put = (suffix: string, value: number, more: Labels = {}) =>
      this.values.push({ metricName: this.name + suffix, labels: { ...labels, ...more }, value });
    for (let at = 0; at <= TIME_BOUNDS_MS.length; at += 1) {
      total += counts[`${from}:${at + 1}`] ?? 0;
      const bound = TIME_BOUNDS_MS[at];
      put('_bucket', total, { le: bound === undefined ? '+Inf' : String(bound / 1000) });
    }
    put('_sum', (counts[`${from}:ms`] ?? 0) / 1000);
    put('_count', total);
  }

  get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const { name, help, type, aggregator, values } = this;
    return Promise.resolve({ name, help, type, aggregator, values } as never);
  }

  getForPromString = (): Promise<MetricObjectWithValues<MetricValue<string>>> => this.get();
}
