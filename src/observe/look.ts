import { lookAt, type BrokerLook } from '../broker/lookAt';
import { ManagementApi } from '../broker/management';
import { Budgets } from '../budget/budgets';
import type { BudgetLimits } from '../contract/budget';
import type { BudgetState } from '../contract/budgetVerdicts';
import { isSwarmError, UnavailableError, withRemedy } from '../contract/errors';
import { within } from '../contract/patience';
import type { BrokerSettings, StoreSettings } from '../contract/settings';
import { Store } from '../store/store';
import { clusterOf, knownClusters, type KnownClusters } from '../word/clusters';
import { queuesOf, standingScopes, type StandingScope } from '../word/scopes';

/** Counts since a queue or budget was first used, by name, as scripts keep them. */
export type Counts = Readonly<Record<string, number>>;

/** Whether a source answered; if not, why. */
export type Source = { readonly ok: true } | { readonly ok: false; readonly why: string };

type Answered<T> = { readonly ok: true; readonly value: T } | Extract<Source, { ok: false }>;

/** Of a queue; undefined is what its source does not tell. */
export interface QueueSight {
  readonly queue: string;
  readonly vhost: string;
  /** Tasks that wait, in lanes as well. */
  readonly ready: number | undefined;
  readonly consumers: number | undefined;
  /** In the hands of consumers; told by the management API alone. */
  readonly inFlight: number | undefined;
  readonly deadQueue: string;
  readonly deadLetters: number | undefined;
  /** False when the broker has no such queue. */
  readonly there: boolean | undefined;
  /** That its trigger waits for. */
  readonly budget: string | undefined;
  /** s since the task was sent that was delivered last: what waits is not older than that. 0 when nothing waits. */
  readonly oldest: number | undefined;
  readonly counts: Counts;
}

export interface BudgetSight {
  readonly name: string;
  readonly state: BudgetState<BudgetLimits> | undefined;
  readonly counts: Counts;
}

export interface Sight {
  readonly at: Date;
  /** `management` is undefined when it was not asked. */
  readonly sources: {
    readonly redis: Source;
    readonly rabbitmq: Source;
    readonly management: Source | undefined;
  };
  readonly queues: readonly QueueSight[];
  readonly budgets: readonly BudgetSight[];
}

interface StoreSight {
  readonly scopes: readonly StandingScope[];
  readonly clusters: KnownClusters;
  readonly counts: ReadonlyMap<string, Counts>;
  readonly budgets: readonly BudgetSight[];
}

/** Looks once at all that the pack has in a store and on a broker. A source that does not answer is told, and the others are looked at. */
export async function look(store: StoreSettings, broker: BrokerSettings): Promise<Sight> {
  const at = new Date();
  const redis = await answered(() => inTime(lookAtStore(store), 'Redis'));
  const known = redis.ok ? redis.value.scopes.filter(({ vhost }) => vhost === broker.vhost) : [];
  const [rabbitmq, management] = await Promise.all([
    answered(() => inTime(lookAt(broker, known.flatMap(namesOf)), 'RabbitMQ')),
    broker.managementUrl === '' ? undefined : answered(() => inHands(broker)),
  ]);
  const cluster =
    redis.ok && rabbitmq.ok
      ? clusterOf(rabbitmq.value.broker.cluster, broker.hosts, redis.value.clusters)
      : undefined;
  const here = known.filter((scope) => cluster === undefined || scope.cluster === cluster);
  const queues = here.map((scope): QueueSight => {
    const counts = (redis.ok && redis.value.counts.get(scope.scope)) || {};
    const seen = rabbitmq.ok ? depths(scope, rabbitmq.value) : {};
    const inFlight = management?.ok
      ? queuesOf(scope).work.reduce((sum, name) => sum + (management.value.get(name) ?? 0), 0)
      : undefined;
    const { queue, vhost, consumer } = scope;
    const { dead: deadQueue } = queuesOf(scope);
    const told = { ...UNKNOWN, ...seen };
    return {
      ...{ queue, vhost, deadQueue, budget: consumer?.budget },
      ...{ ...told, inFlight, oldest: oldest(told, counts, at), counts },
    };
  });
  const budgets = redis.ok ? redis.value.budgets : [];
  const sources = {
    redis: sourceOf(redis),
    rabbitmq: sourceOf(rabbitmq),
    management: management && sourceOf(management),
  };
  return { at, sources, queues, budgets };
}

const sourceOf = (answer: Answered<unknown>): Source => (answer.ok ? { ok: true } : answer);

async function answered<T>(ask: () => Promise<T>): Promise<Answered<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    if (!isSwarmError(error)) throw error;
    return { ok: false, why: withRemedy(error) };
  }
}

/** Longest one server may take for all of a look, ms: without heartbeats a network that swallows everything is never noticed. */
const LOOK_MS = 30_000;

async function inTime<T>(looking: Promise<T>, server: string): Promise<T> {
  const late = () =>
    new UnavailableError(
      'timeout',
      `${server} did not answer within ${LOOK_MS / 1000} s.`,
      'See that it runs and can be reached.',
    );
  return await within(LOOK_MS, looking, late);
}

async function lookAtStore(settings: StoreSettings): Promise<StoreSight> {
  const store = await Store.open(settings, 'once');
  try {
    const { keys } = store;
    const scopes = await standingScopes(store);
    const counts = await Promise.all(
      scopes.map(async ({ scope }) => [scope, await countsIn(store, keys.counts(scope))] as const),
    );
    const budgets = new Budgets(store);
    const names = await budgets.names();
    return {
      scopes,
      clusters: await knownClusters(store),
      counts: new Map(counts),
      budgets: await Promise.all(
        names.map(async (name) => ({
          name,
          state: await budgets.state(name),
          counts: await countsIn(store, keys.budgetCounts(name)),
        })),
      ),
    };
  } finally {
    store.close();
  }
}

async function countsIn(store: Store, key: string): Promise<Counts> {
  const all = await store.ask((client) => client.hgetall(key));
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, Number(text)]));
}

const namesOf = (scope: StandingScope): string[] => {
  const { dead, work } = queuesOf(scope);
  return [dead, ...work];
};

function depths(scope: StandingScope, { queues, hidden }: BrokerLook): Partial<QueueSight> {
  const { dead, work } = queuesOf(scope);
  const deadLetters = queues.get(dead)?.ready;
  const own = queues.get(scope.queue);
  if (!own) return { deadLetters, there: hidden.has(scope.queue) ? undefined : false };
  const ready = work.reduce((sum, name) => sum + (queues.get(name)?.ready ?? 0), 0);
  return { ready, consumers: own.consumers, deadLetters, there: true };
}

const UNKNOWN = {
  ready: undefined,
  consumers: undefined,
  deadLetters: undefined,
  there: undefined,
};

/** Without a consumer nothing is delivered, and the age of what waits is not known. */
function oldest(
  { ready, consumers }: { ready: number | undefined; consumers: number | undefined },
  { last_sent: sent }: Counts,
  now: Date,
): number | undefined {
  if (ready === 0) return 0;
  if (ready === undefined || !consumers || sent === undefined) return undefined;
  return Math.max(0, (now.getTime() - sent) / 1000);
}

async function inHands(broker: BrokerSettings): Promise<ReadonlyMap<string, number>> {
  const api = new ManagementApi(broker);
  const found = new Map<string, number>();
  for (let page = 1; ; page += 1) {
    const { queues, last } = await api.queues({ page });
    for (const { name, unacked } of queues) if (unacked !== undefined) found.set(name, unacked);
    if (last) return found;
  }
}
