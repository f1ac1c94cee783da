import { BrokerConnection } from '../broker/connection';
import { declare } from '../broker/declare';
import { Intake } from '../broker/intake';
import { messageOf, UnavailableError } from '../contract/errors';
import type { ConsumerCounts, Tell } from '../contract/events';
import type { Delivery } from '../contract/message';
import { ClosedError, pause, within } from '../contract/patience';
import type { RunHost } from '../contract/run';
import type { BrokerSettings, ConsumerSettings, StoreSettings } from '../contract/settings';
import { scopeOf } from '../store/keys';
import { Store } from '../store/store';
import { drainTime } from './closing';
import { consumerTimeout } from './consumerTimeout';
import { deliver, type Hand } from './delivery';
import { InFlight } from './inFlight';
import { furnish, type Room } from './room';

export interface ConsumerStart {
  readonly settings: ConsumerSettings;
  readonly broker: BrokerSettings;
  readonly store: StoreSettings;
  readonly host: RunHost;
  /** For people, in failure contexts. */
  readonly workflow: string;
  readonly tell: Tell;
  /** `once`: a server that is away or refuses is thrown. `endless`: both are waited for, without end. */
  readonly patience: 'once' | 'endless';
}

interface Shift {
  readonly intake: Intake;
  /** Resolves when the channel ended or the broker cancelled the consumer. */
  readonly ended: Promise<string>;
}

const LONGEST_PAUSE_MS = 5000;
/** Longest a broker may take to lay the topology down and to register the consumer, ms. */
const BEGIN_LIMIT_MS = 30_000;

/** Consumes a queue until it is closed: a shift for each channel, the same room across reconnects. */
export class Consumer {
  readonly counts: ConsumerCounts = {
    delivered: 0,
    runs: 0,
    done: 0,
    duplicates: 0,
    dead: {},
    overtaken: 0,
  };
  private readonly closing = new AbortController();
  private readonly inFlight = new InFlight();
  private room: Room | undefined;
  private shift: Shift | undefined;
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly options: ConsumerStart,
    private readonly connection: BrokerConnection,
    private readonly store: Store,
  ) {}

  /** @throws SwarmError with patience `once`: what is wrong and how to mend it */
  static async start(options: ConsumerStart): Promise<Consumer> {
    const { broker, patience } = options;
    const store = await Store.open(options.store, patience);
    let consumer: Consumer | undefined;
    try {
      const connection = await BrokerConnection.open(broker, 'consume', patience);
      consumer = new Consumer(options, connection, store);
      connection.on('down', (cause) =>
        options.tell('away', { what: 'broker', error: cause.message }),
      );
      if (patience === 'once') await consumer.beginInTime();
    } catch (error) {
      await consumer?.connection.close();
      store.close();
      throw error;
    }
    void consumer.work();
    return consumer;
  }

  /** Deliveries in hand, runs alive or not yet settled. */
  get inHand(): number {
    return this.inFlight.size;
  }

  /**
   * Stops consuming, waits a bounded time for its runs, and hands back the rest without nack. Runs that are still alive go on: their
   * leases are renewed and their ends written, so that the copies handed back find them. Bears being called twice.
   */
  async close(): Promise<void> {
    this.closed ??= this.shutDown();
    await this.closed;
  }

  private async shutDown(): Promise<void> {
    const limit = drainTime(this.options.settings.drainMs);
    const intake = this.shift?.intake;
    await intake?.cancel();
    this.closing.abort();
    this.room?.batch.close();
    await this.inFlight.empty(limit);
    await intake?.close();
    await this.connection.close();
    void this.inFlight.empty(Infinity).then(() => {
      this.room?.leases.stop();
      this.store.close();
    });
  }

  private async work(): Promise<void> {
    let delay = 100;
    while (!this.closing.signal.aborted) {
      try {
        const shift = this.shift ?? (await this.beginInTime());
        delay = 100;
        const why = await shift.ended;
        this.shift = undefined;
        if (why) this.options.tell('away', { what: 'broker', error: why });
      } catch (error) {
        if (error instanceof ClosedError) return;
        this.options.tell('away', { what: 'broker', error: messageOf(error) });
      }
      await pause(delay, this.closing.signal);
      delay = Math.min(delay * 2, LONGEST_PAUSE_MS);
    }
  }

  /** A quorum queue without a leader answers neither to a declaration nor to a consumer, also for ever (seen on 3.10). */
  private async beginInTime(): Promise<Shift> {
    if (!this.connection.live) await this.up();
    const { queue } = this.options.settings.topology;
    const late = () =>
      new UnavailableError(
        'timeout',
        `RabbitMQ did not answer for queue "${queue}" within ${BEGIN_LIMIT_MS / 1000} s`,
        'See whether the queue has a leader: rabbitmq-queues quorum_status <queue>.',
      );
    try {
      return await within(BEGIN_LIMIT_MS, this.begin(), late);
    } catch (error) {
      if (error instanceof UnavailableError && error.code === 'timeout') {
        await this.connection.drop();
      }
      throw error;
    }
  }

  private async begin(): Promise<Shift> {
    const { settings, broker, tell } = this.options;
    const model = this.connection.live ?? (await this.up());
    const { version } = this.connection.identity;
    const consumerTimeoutMs = consumerTimeout(settings.runLimitMs, version);
    await declare(model, settings.topology, broker);
    const room = (this.room ??= await this.furnish());
    const ended = new AbortController();
    let end: (why: string) => void = () => undefined;
    const over = new Promise<string>((resolve) => (end = resolve));
    const signal = AbortSignal.any([this.closing.signal, ended.signal]);
    const finish = (why: string) => {
      ended.abort();
      end(why);
    };
    const intake: Intake = await Intake.start(model, {
      queue: settings.topology.queue,
      prefetch: settings.prefetch,
      consumerTimeoutMs,
      onDelivery: (delivery) =>
        this.take(delivery, { ack: (tag) => intake.ack(tag), signal }, room),
      onCanceled: () => {
        tell('canceled', { queue: settings.topology.queue });
        void intake.close().then(() => finish('the broker cancelled the consumer'));
      },
      onLost: (error) => finish(error?.message ?? 'the connection was lost'),
    });
    this.shift = { intake, ended: over };
    this.closing.signal.addEventListener('abort', () => finish(''), { once: true });
    tell('ready', { epoch: intake.epoch, broker: version });
    return this.shift;
  }

  private take(delivery: Delivery, hand: Hand, room: Room): void {
    this.counts.delivered += 1;
    const done = deliver(delivery, hand, room).then(
      (verdict) => {
        count(this.counts, verdict);
        this.options.tell('settled', { messageId: delivery.properties.messageId, verdict });
      },
      (error: unknown) => {
        if (error instanceof ClosedError) return;
        this.options.tell('away', { what: 'store', error: messageOf(error) });
      },
    );
    this.inFlight.add(done);
  }

  private async furnish(): Promise<Room> {
    const { settings, broker, host, workflow, tell } = this.options;
    const { cluster } = this.connection.identity;
    const scope = settings.scope || scopeOf(cluster, broker.vhost, settings.topology.queue);
    const { counts, store } = this;
    return await furnish({ settings, broker, store, scope, host, workflow, counts, tell });
  }

  private async up(): Promise<NonNullable<BrokerConnection['live']>> {
    return await new Promise((resolve, reject) => {
      const { signal } = this.closing;
      this.connection.once('up', resolve);
      signal.addEventListener('abort', () => reject(new ClosedError('closed')), { once: true });
    });
  }
}

function count(counts: ConsumerCounts, verdict: Awaited<ReturnType<typeof deliver>>): void {
  switch (verdict.kind) {
    case 'done':
      counts.done += 1;
      return;
    case 'dropped':
      counts.duplicates += 1;
      return;
    case 'dead':
      counts.dead[verdict.reason] = (counts.dead[verdict.reason] ?? 0) + 1;
      return;
    case 'overtaken':
      counts.overtaken += 1;
  }
}
