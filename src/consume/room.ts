import { Admission, leaseTerms } from '../admit/admission';
import { Leases } from '../admit/leases';
import { Turns } from '../admit/turns';
import { withPublisher } from '../broker/pool';
import { Budgets } from '../budget/budgets';
import { Holding } from '../budget/keep';
import { messageOf, type SwarmError } from '../contract/errors';
import type { ConsumerCounts, Tell } from '../contract/events';
import type { PayloadPlaces } from '../contract/payloadStores';
import type { RunHost } from '../contract/run';
import type { BrokerSettings, ConsumerSettings } from '../contract/settings';
import type { RunVerdict, SettleVerdict, Word } from '../contract/verdicts';
import { Ends } from '../group/ends';
import { Joins } from '../group/joins';
import { startRuns } from '../run/startRuns';
import { decide, waitLimit, type Circumstances, type Decision } from '../settle/policy';
import { Post } from '../settle/post';
import { Records } from '../settle/records';
import { Settlement, type Owned } from '../settle/settlement';
import { UnguardedSettlement } from '../settle/unguarded';
import type { Store } from '../store/store';
import { hearWords } from '../word/hear';
import { AutoPrefetch } from './autoPrefetch';
import { Counting } from './counting';
import { Batch } from './batch';
import { CurrentPlaces } from './currentPlaces';
import { Retention } from './retention';
import { Spoken } from './spoken';

/** What the path of a delivery needs; lives as long as its consumer, across reconnects. */
export interface Room {
  readonly settings: ConsumerSettings;
  readonly queue: string;
  readonly scope: string;
  readonly store: Store;
  /** Where what its tasks claim may be. */
  readonly places: CurrentPlaces;
  readonly retention: Retention;
  readonly admission: Admission;
  readonly leases: Leases;
  /** Of a consumer with a budget. */
  readonly turns: Turns | undefined;
  readonly autoPrefetch: AutoPrefetch | undefined;
  readonly settlement: Settlement;
  readonly ends: Ends;
  readonly joins: Joins;
  readonly unguarded: UnguardedSettlement;
  readonly batch: Batch;
  readonly spoken: Spoken;
  decide(verdict: RunVerdict, owned: Owned): Decision;
  decideWaitLimit(owned: Owned): Decision;
  readonly counts: ConsumerCounts;
  readonly counting: Counting;
  readonly tell: Tell;
  /** Ends what goes on by itself. */
  stop(): Promise<void>;
}

export interface RoomOptions {
  readonly settings: ConsumerSettings;
  readonly broker: BrokerSettings;
  readonly reread?: (() => Promise<BrokerSettings>) | undefined;
  readonly store: Store;
  readonly payloads?: PayloadPlaces | undefined;
  readonly rereadPayloads?: (() => Promise<PayloadPlaces>) | undefined;
  readonly scope: string;
  readonly host: RunHost;
  readonly workflow: string;
  readonly counts: ConsumerCounts;
  readonly tell: Tell;
  /** Sees to it that the delay ladder stands up to a step; `again` when it may have been taken away. */
  layLadder(level: number, again: boolean): Promise<void>;
  /** Deliveries in hand. */
  inHand(): number;
  /** A parked task was settled without a delivery. */
  settled(messageId: string | undefined, verdict: SettleVerdict): void;
}

export function furnish(options: RoomOptions): Room {
  const { settings, broker, store, scope, host, counts, tell, workflow } = options;
  const terms = leaseTerms(settings);
  const admission = new Admission(store, scope, terms);
  const storeAway = (error: unknown) => tell('away', { what: 'store', error: messageOf(error) });
  const leases = new Leases(store, scope, terms, admission, storeAway);
  const records = new Records({
    store,
    scope,
    rememberMs: settings.rememberMs,
    away: storeAway,
  });
  const { queue, deadExchange } = settings.topology;
  const brokerAway = (error: SwarmError) => tell('away', { what: 'broker', error: error.message });
  const { reread } = options;
  const places = new CurrentPlaces(
    { redis: (act) => act(store), ...options.payloads },
    options.rereadPayloads,
  );
  const retention = new Retention(places, settings, storeAway);
  const post = new Post({
    // Shared with every other node of this process that uses the same credential.
    publisher: {
      publish: (message) =>
        withPublisher(
          broker,
          (publisher) => publisher.publish(message, { onBlocked: brokerAway }),
          { reread },
        ),
      checkExchange: (name) =>
        withPublisher(broker, (publisher) => publisher.checkExchange(name), { reread }),
    },
    queue,
    deadExchange,
    layLadder: options.layLadder,
    keep: retention,
    away: brokerAway,
  });
  const { waitLimitMs } = settings;
  const circumstances = ({ task, tries }: Owned): Circumstances => ({
    task,
    tries,
    policy: settings.retry,
    now: Date.now(),
    random: Math.random(),
  });
  const batch: Batch = new Batch(settings.batchSize, settings.batchWaitMs, (runs) => {
    counts.runs += 1;
    void startRuns(host, runs, () => batch.isClosed);
  });
  const decideWord = (word: Word, owned: Owned) =>
    decide({ kind: 'word', word }, circumstances(owned));
  const ends = new Ends(store, { refused: 'wait', onAway: storeAway });
  const settling = { records, post, ends, scope, queue, waitLimitMs, workflow, decide: decideWord };
  const settlement = new Settlement(settling);
  const spoken = new Spoken({
    store,
    scope,
    leaseMs: settings.leaseMs,
    settlement,
    ends,
    decide: decideWord,
    settled: options.settled,
    away: storeAway,
  });
  hearWords(store, scope, (key, fence, word) => {
    if (leases.has(key)) leases.tell(key, fence, word);
    else spoken.sweep();
  });
  const joins = new Joins({
    store,
    scope,
    queue,
    leaseMs: settings.leaseMs,
    publish: (message, signal) => post.own(message, signal),
    joined: (group, { closed_by: by }) => tell('joined', { group, by }),
    away: storeAway,
  });
  const budgets = new Budgets(store);
  const counting = new Counting(store, scope);
  const { budget } = settings;
  return {
    settings,
    queue,
    scope,
    store,
    places,
    retention,
    admission,
    leases,
    turns:
      budget &&
      new Turns({
        budget,
        desk: { budgets, holding: new Holding(budgets, storeAway) },
        scope,
        waits: (key, why) => tell('throttled', { key, budget: budget.name, why }),
      }),
    autoPrefetch:
      budget && settings.autoPrefetch
        ? new AutoPrefetch({
            budgets,
            budget: budget.name,
            least: settings.batchSize,
            most: settings.prefetch,
            inHand: options.inHand,
            changed: (prefetch) => tell('prefetch', { prefetch }),
          })
        : undefined,
    settlement,
    ends,
    joins,
    unguarded: new UnguardedSettlement(settling),
    batch,
    spoken,
    decide: (verdict, owned) => decide(verdict, circumstances(owned)),
    decideWaitLimit: (owned) => waitLimit(circumstances(owned)),
    counts,
    counting,
    tell,
    async stop() {
      leases.stop();
      spoken.stop();
      joins.stop();
      await counting.stop();
    },
  };
}
