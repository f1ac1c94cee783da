import { setMaxListeners } from 'node:events';

import { brokerCause } from '../broker/cause';
import { BrokerConnection } from '../broker/connection';
import { declare } from '../broker/declare';
import { Intake } from '../broker/intake';
import { ladderPlan, levelOf } from '../broker/ladder';
import { plan } from '../broker/topology';
import { messageOf, UnavailableError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import type { SettleVerdict } from '../contract/verdicts';
import { ClosedError, pause, within } from '../contract/patience';
import { scopeOf } from '../store/keys';
import { Store } from '../store/store';
import { rememberScope } from '../word/scopes';
import { drainTime } from './closing';
import type { ConsumerStart } from './consumerStart';
import { consumerTimeout } from './consumerTimeout';
import { count, noCounts } from './counts';
import { deliver } from './delivery';
import type { Hand } from './hand';
import { InFlight } from './inFlight';
import { Ladder } from './ladder';
import { furnish, type Room } from './room';
import { whenUp } from './whenUp';

interface Shift {
  readonly intake: Intake;
  /** Resolves when the channel ended or the broker cancelled the consumer. */
  readonly ended: Promise<string>;
}

const LONGEST_PAUSE_MS = 2000;
/** Longest a broker may take to lay the topology down and to register the consumer, ms. */
const BEGIN_LIMIT_MS = 30_000;
/** The delay ladder stands from the start up to the longest usual delay, ms; longer ones add their steps when they come. */
const SHORTEST_LADDER_MS = 60_000;

/** Consumes a queue until it is closed: a shift for each channel, the same room across reconnects. */
export class Consumer {
  readonly counts = noCounts();
  private readonly closing = new AbortController();
  private readonly inFlight = new InFlight();
  private readonly ladder = new Ladder(async (top) => {
    const { settings, broker } = this.options;
    const model = this.connection.live ?? (await whenUp(this.connection, this.closing.signal));
    await declare(model, ladderPlan(top), settings.topology.mode, broker);
  });
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
    const { broker, patience, reread } = options;
    const store = await Store.open(options.store, patience, reread && { reread: reread.store });
    let consumer: Consumer | undefined;
    try {
      const connection = await BrokerConnection.open(broker, 'consume', patience, {
        reread: reread?.broker,
      });
      consumer = new Consumer(options, connection, store);
      connection.on('down', (cause) =>
        options.tell('away', { what: 'broker', error: cause.message }),
      );
      if (patience === 'once') await consumer.beginInTime();
    } catch (error) {
      consumer?.room?.leases.stop();
      consumer?.room?.spoken.stop();
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
      this.room?.spoken.stop();
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
    if (!this.connection.live) await whenUp(this.connection, this.closing.signal);
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
      if (error instanceof ClosedError) throw error;
      if (error instanceof UnavailableError && error.code === 'timeout') {
        await this.connection.drop();
      }
      throw brokerCause(error, this.options.broker);
    }
  }

  private async begin(): Promise<Shift> {
    const { settings, broker, tell } = this.options;
    const model = this.connection.live ?? (await whenUp(this.connection, this.closing.signal));
    const { version, cluster } = this.connection.identity;
    const consumerTimeoutMs = consumerTimeout(settings, version);
    const top = levelOf(Math.max(settings.retry.capMs, SHORTEST_LADDER_MS));
    await declare(model, plan(settings.topology, top), settings.topology.mode, broker);
    this.ladder.stands(top);
    const room = (this.room ??= this.furnish(cluster));
    const ended = new AbortController();
    let end: (why: string) => void = () => undefined;
    const over = new Promise<string>((resolve) => (end = resolve));
    const signal = AbortSignal.any([this.closing.signal, ended.signal]);
    // Every delivery that waits listens to it.
    setMaxListeners(0, signal);
    const finish = (why: string) => {
      this.closing.signal.removeEventListener('abort', closed);
      ended.abort();
      end(why);
    };
    const closed = () => finish('');
    const intake: Intake = await Intake.start(model, {
      queue: settings.topology.queue,
      prefetch: room.autoPrefetch?.prefetch ?? settings.prefetch,
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
    void room.autoPrefetch?.steer(intake, signal);
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
      if (verdict) this.settled(delivery.properties.messageId, verdict);
    });
    this.inFlight.add(told.catch(() => undefined));
  }

  private settled(messageId: string | undefined, verdict: SettleVerdict): void {
    count(this.counts, verdict);
    this.options.tell('settled', { messageId, verdict });
  }

  private furnish(cluster: string): Room {
    const { settings, broker, host, workflow, tell, reread } = this.options;
    const { queue } = settings.topology;
    const scope = settings.scope || scopeOf(cluster, broker.vhost, queue);
    // Only for people who look a task up by its queue: not worth waiting for.
    rememberScope(this.store, { scope, queue, vhost: broker.vhost, cluster }).catch(
      () => undefined,
    );
    const { counts, store } = this;
    return furnish({
      settings,
      // The login that was let in last, so that publishing does not begin with one that was rotated away.
      broker: this.connection.settings,
      reread: reread?.broker,
      store,
      scope,
      host,
      workflow,
      counts,
      tell,
      inHand: () => this.inFlight.size,
      layLadder: (level, again) => this.ladder.reach(level, again),
      settled: (messageId, verdict) => this.settled(messageId, verdict),
    });
  }
}
