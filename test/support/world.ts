import { randomUUID } from 'node:crypto';

import { closeIdlePublishers } from '../../src/broker/pool';
import { Consumer } from '../../src/consume/consumer';
import type { ConsumerStart } from '../../src/consume/consumerStart';
import type { ConsumerEvents, EventName } from '../../src/contract/events';
import type { DeliveryItem, RunHost } from '../../src/contract/run';
import {
  brokerSchema,
  consumerSchema,
  storeSchema,
  type BrokerSettings,
  type ConsumerOptions,
  type StoreSettings,
} from '../../src/contract/settings';
import type { RunEnd } from '../../src/contract/verdicts';
import { closeIdleStores } from '../../src/store/pool';
import { integrationServers, integrationVhost } from './integrationServers';
import { connectPlainBroker, type PlainBroker } from './plainBroker';
import { connectPlainStoreAt, type AnyPlainStore } from './plainStore';
import { deleteVhost } from './rabbitMqNode';
import type { StoreAddress } from './storeAddress';

export type Happened = { [N in EventName]: { name: N; event: ConsumerEvents[N] } }[EventName];

/** Failures are dead-lettered at once. */
export const NO_RETRY = { retry: { ifRunFails: 'dead_letter' } } as const;

/** A host whose runs end when the test says so; without a script every run succeeds at once. */
export class TestHost implements RunHost {
  readonly runs: { items: readonly DeliveryItem[]; end(end: RunEnd): void }[] = [];
  private watchers: (() => void)[] = [];

  constructor(private readonly script?: (items: readonly DeliveryItem[]) => RunEnd | undefined) {}

  start(items: readonly DeliveryItem[]): Promise<RunEnd> {
    const scripted = this.script ? this.script(items) : { kind: 'succeeded' as const };
    return new Promise((resolve) => {
      this.runs.push({ items, end: resolve });
      if (scripted) resolve(scripted);
      this.watchers.forEach((watcher) => watcher());
    });
  }

  async started(count: number): Promise<void> {
    while (this.runs.length < count) {
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }
}

export interface RunningConsumer {
  readonly consumer: Consumer;
  readonly host: TestHost;
  readonly happened: Happened[];
  /** The first event, past or future, that fits. */
  event<N extends EventName>(
    name: N,
    fits?: (event: ConsumerEvents[N]) => boolean,
  ): Promise<ConsumerEvents[N]>;
  /** Waits until so many deliveries were settled. */
  settled(count: number): Promise<ConsumerEvents['settled'][]>;
  close(): Promise<void>;
}

/** A vhost and a key prefix of a test's own, and plain clients that say what they hold. */
export interface World {
  readonly vhostUrl: string;
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
  readonly plain: PlainBroker;
  readonly keys: AnyPlainStore;
  consume(
    options: Partial<ConsumerOptions> & { queue?: string },
    host?: TestHost,
    more?: Partial<ConsumerStart>,
  ): Promise<RunningConsumer>;
  /** Closes every consumer and client. */
  end(): Promise<void>;
}

/** @param at a store of the test's own, in place of the shared one */
export async function newWorld(at: StoreAddress = integrationServers().store): Promise<World> {
  const servers = integrationServers();
  const vhostUrl = await integrationVhost();
  const keys = await connectPlainStoreAt(at, `test-${randomUUID()}`);
  const plain = await connectPlainBroker(vhostUrl, servers.broker);
  const url = new URL(vhostUrl);
  const broker = brokerSchema.parse({
    hosts: [{ host: '127.0.0.1', port: servers.broker.port }],
    vhost: decodeURIComponent(url.pathname.slice(1)),
  });
  const store = storeSchema.parse({ ...at, prefix: keys.prefix });
  const open: RunningConsumer[] = [];
  return {
    vhostUrl,
    broker,
    store,
    plain,
    keys,
    async consume({ queue = 'work', ...options }, host = new TestHost(), more = {}) {
      const running = await startConsumer({ broker, store }, { queue, ...options }, host, more);
      open.push(running);
      return running;
    },
    async end() {
      // A closed consumer goes on renewing the leases of runs that are still alive, for as long as they are.
      for (const { host } of open) for (const run of host.runs) run.end({ kind: 'succeeded' });
      await Promise.all(open.map((running) => running.close()));
      await closeIdlePublishers();
      await closeIdleStores();
      await plain.close();
      await keys.close();
      await deleteVhost(servers.broker, vhostUrl);
    },
  };
}

export async function startConsumer(
  servers: { broker: BrokerSettings; store: StoreSettings },
  { queue, ...options }: Partial<ConsumerOptions> & { queue: string },
  host: TestHost,
  more: Partial<ConsumerStart> = {},
): Promise<RunningConsumer> {
  const happened: Happened[] = [];
  let watchers: (() => void)[] = [];
  const changed = () => new Promise<void>((resolve) => watchers.push(resolve));
  const consumer = await Consumer.start({
    ...servers,
    settings: consumerSchema.parse({ topology: { queue }, drainMs: 2000, ...options }),
    host,
    workflow: 'a test',
    patience: 'once',
    tell(name, event) {
      happened.push({ name, event } as Happened);
      const now = watchers;
      watchers = [];
      now.forEach((watcher) => watcher());
    },
    ...more,
  });
  return {
    consumer,
    host,
    happened,
    async event(name, fits = () => true) {
      for (;;) {
        const found = happened.find(
          (one) => one.name === name && fits(one.event as ConsumerEvents[typeof name]),
        );
        if (found) return found.event as ConsumerEvents[typeof name];
        await changed();
      }
    },
    async settled(count) {
      for (;;) {
        const all = happened.flatMap((one) => (one.name === 'settled' ? [one.event] : []));
        if (all.length >= count) return all;
        await changed();
      }
    },
    close: () => consumer.close(),
  };
}
