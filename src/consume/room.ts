import { Admission, leaseTerms } from '../admit/admission';
import { Leases } from '../admit/leases';
import { withPublisher } from '../broker/pool';
import type { ConsumerCounts, Tell } from '../contract/events';
import type { RunHost } from '../contract/run';
import type { BrokerSettings, ConsumerSettings } from '../contract/settings';
import { startRuns } from '../run/startRuns';
import { Settlement } from '../settle/settlement';
import type { Store } from '../store/store';
import { hearWords } from '../word/hear';
import { Batch } from './batch';

/** What the path of a delivery needs; lives as long as its consumer, across reconnects. */
export interface Room {
  readonly settings: ConsumerSettings;
  readonly queue: string;
  readonly scope: string;
  readonly store: Store;
  readonly admission: Admission;
  readonly leases: Leases;
  readonly settlement: Settlement;
  readonly batch: Batch;
  readonly counts: ConsumerCounts;
  readonly tell: Tell;
}

export interface RoomOptions {
  readonly settings: ConsumerSettings;
  readonly broker: BrokerSettings;
  readonly store: Store;
  readonly scope: string;
  readonly host: RunHost;
  readonly workflow: string;
  readonly counts: ConsumerCounts;
  readonly tell: Tell;
}

export function furnish(options: RoomOptions): Room {
  const { settings, broker, store, scope, host, counts, tell, workflow } = options;
  const terms = leaseTerms(settings);
  const admission = new Admission(store, scope, terms);
  const leases = new Leases(store, scope, terms, admission, (error) =>
    tell('away', { what: 'store', error: error.message }),
  );
  const settlement = new Settlement({
    store,
    scope,
    // Shared with every other node of this process that uses the same credential.
    publisher: {
      publish: (message) => withPublisher(broker, (publisher) => publisher.publish(message)),
      checkExchange: (name) => withPublisher(broker, (publisher) => publisher.checkExchange(name)),
    },
    queue: settings.topology.queue,
    deadExchange: settings.topology.deadExchange,
    rememberMs: settings.rememberMs,
    workflow,
    away: (what, error) => tell('away', { what, error: error.message }),
  });
  const batch: Batch = new Batch(settings.batchSize, settings.batchWaitMs, (runs) => {
    counts.runs += 1;
    void startRuns(host, runs, () => batch.isClosed);
  });
  hearWords(store, scope, (key, word) => leases.tell(key, word));
  return {
    settings,
    queue: settings.topology.queue,
    scope,
    store,
    admission,
    leases,
    settlement,
    batch,
    counts,
    tell,
  };
}
