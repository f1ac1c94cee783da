import { brokerCause } from '../broker/cause';
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
      consumer?.room?.leases.stop();
      await consumer?.connection.close();
      store.close();
      throw error;
    }
    void consumer.work();
    return consumer;
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
    // First of all: a broker that does not answer must not keep what has not begun.
    this.closing.abort();
    this.room?.batch.close();
    await intake?.cancel();
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
      throw brokerCause(error, this.options.broker);
    }
  }

  private async begin(): Promise<Shift> {
    const { settings, broker, tell } = this.options;
    const model = this.connection.live ?? (await this.up());
    const { version, cluster } = this.connection.identity;
    const consumerTimeoutMs = consumerTimeout(settings.runLimitMs, version);
    await declare(model, settings.topology, broker);
    const room = (this.room ??= this.furnish(cluster));
    const ended = new AbortController();
    let end: (why: string) => void = () => undefined;
    const over = new Promise<string>((resolve) => (end = resolve));
    const signal = AbortSignal.any([this.closing.signal, ended.signal]);
    const finish = (why: string) => {
      this.closing.signal.removeEventListener('abort', closed);
      ended.abort();
      end(why);
    };
    const closed = () => finish('');
    const intake: Intake = await Intake.start(model, {
      queue: settings.topology.queue,
      prefetch: settings.prefetch,
      consumerTimeoutMs,
      onDelivery: (delivery) =>
        this.take(delivery, { ack: (tag) => intake.ack(tag), signal }, room),
      onCanceled: () => {
        tell('canceled', { queue: settings.topology.queue });
        finish('the broker cancelled the consumer');
        void intake.close();
      },
      onLost: (error) => finish(error?.message ?? 'the connection was lost'),
    });
    this.closing.signal.addEventListener('abort', closed);
    if (this.closing.signal.aborted) {
      await intake.close();
      throw new ClosedError('closed');
    }
    this.shift = { intake, ended: over };
    tell('ready', { epoch: intake.epoch, broker: version });
    return this.shift;
  }

  private take(delivery: Delivery, hand: Hand, room: Room): void {
    this.counts.delivered += 1;
    const settled = deliver(delivery, hand, room).catch(async (error: unknown) => {
      if (error instanceof ClosedError) return undefined;
      // A fault of ours: told and dead-lettered, because a delivery that nobody settles blocks its place for ever.
      const message = messageOf(error);
      this.options.tell('fault', { messageId: delivery.properties.messageId, error: message });
      return await room.settlement.stateless(
        delivery,
        { reason: 'internal_error', message },
        hand.ack,
      );
    });
    const told = settled.then((verdict) => {
      if (!verdict) return;
      count(this.counts, verdict);
      this.options.tell('settled', { messageId: delivery.properties.messageId, verdict });
    });
    this.inFlight.add(told.catch(() => undefined));
  }

  private furnish(cluster: string): Room {
    const { settings, broker, host, workflow, tell } = this.options;
    const scope = settings.scope || scopeOf(cluster, broker.vhost, settings.topology.queue);
    const { counts, store } = this;
    return furnish({ settings, broker, store, scope, host, workflow, counts, tell });
  }

  private async up(): Promise<NonNullable<BrokerConnection['live']>> {
    const { signal } = this.closing;
    return await new Promise((resolve, reject) => {
      const closed = () => reject(new ClosedError('closed'));
      signal.addEventListener('abort', closed, { once: true });
      this.connection.once('up', (model) => {
        signal.removeEventListener('abort', closed);
        resolve(model);
      });
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
