import { brokerCause } from '../broker/cause';
import { BrokerConnection } from '../broker/connection';
import { declare } from '../broker/declare';
import { ladderPlan, levelOf } from '../broker/ladder';
import { lanePlan, plan } from '../broker/topology';
import { messageOf, UnavailableError } from '../contract/errors';
import type { Delivery } from '../contract/message';
import type { SettleVerdict } from '../contract/verdicts';
import { ClosedError, pause, within } from '../contract/patience';
import { telemetry } from '../contract/telemetry';
import { scopeOf } from '../store/keys';
import { Store } from '../store/store';
import { rememberLanes } from '../word/scopes';
import { drainTime } from './closing';
import { knownCluster } from './cluster';
import type { ConsumerStart } from './consumerStart';
import { consumerTimeout } from './consumerTimeout';
import { writeDown } from './consumerTerms';
import { count, noCounts } from './counts';
import { deliver } from './delivery';
import { guarded } from './guarded';
import type { Hand } from './hand';
import { InFlight } from './inFlight';
import { Ladder } from './ladder';
import { furnish, type Room } from './room';
import type { MoveVerdict } from './mover';
import { beginShift, type Shift, type ShiftOptions } from './shift';
import type { Model } from './sources';
import { spreadOf } from './spread';
import { whenUp } from './whenUp';

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
  /** The same on each of its nodes, so that tasks keep their names when this consumer moves to another one. */
  private cluster: string | undefined;
  /** Deliveries in hand that are not on their way to another queue. */
  private onPath = 0;
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly options: ConsumerStart,
    private readonly connection: BrokerConnection,
    private readonly store: Store,
  ) {}

  /** @throws SwarmError with patience `once`: what is wrong and how to mend it */
  static async start(options: ConsumerStart): Promise<Consumer> {
    const { broker, patience, reread } = options;
    // What it loads must not keep the first delivery waiting.
    telemetry();
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
      await consumer?.room?.stop();
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
    const sources = this.shift?.sources;
    // First of all: a broker that does not answer must not keep what has not begun.
    this.closing.abort();
    this.room?.batch.close();
    await sources?.cancel();
    await this.inFlight.empty(limit);
    await sources?.close();
    await Promise.all([this.connection.close(), telemetry().flush()]);
    void this.inFlight.empty(Infinity).then(async () => {
      await this.room?.stop();
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
    const { cluster } = this.connection.identity;
    this.cluster ??= await knownCluster(cluster, this.store, this.options, this.closing.signal);
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
      const cause = brokerCause(error, this.options.broker);
      throw cause.code === 'disconnected' ? (this.connection.loss ?? cause) : cause;
    }
  }

  private async begin(): Promise<Shift> {
    const { settings, broker, tell } = this.options;
    const model = this.connection.live ?? (await whenUp(this.connection, this.closing.signal));
    const { version } = this.connection.identity;
    const consumerTimeoutMs = consumerTimeout(settings, version);
    const top = levelOf(Math.max(settings.retry.capMs, SHORTEST_LADDER_MS));
    await declare(model, plan(settings.topology, top), settings.topology.mode, broker);
    this.ladder.stands(top);
    const room = (this.room ??= this.furnish(this.cluster ?? ''));
    const spread = spreadOf(settings, version);
    const lanes = await this.standingLanes(model, room, spread.lanes);
    const options: ShiftOptions = {
      room,
      consumerTimeoutMs,
      spread,
      lanes,
      take: (delivery, hand) => this.take(delivery, hand, room),
      moving: (delivery, moved, hand) => this.moving(delivery, moved, hand, room),
      onCanceled: (queue) => tell('canceled', { queue }),
    };
    this.shift = await beginShift(model, options, this.closing.signal);
    tell('ready', { epoch: this.shift.sources.epoch, broker: version });
    room.joins.sweep();
    return this.shift;
  }

  /** Lanes that may hold tasks stand; a store that is away says nothing of earlier ones. */
  private async standingLanes(
    model: Model,
    { scope, settings: { topology } }: Room,
    lanes: number,
  ): Promise<number> {
    const all = await rememberLanes(this.store, scope, lanes).catch(() => lanes);
    await declare(model, lanePlan(topology, all), topology.mode, this.options.broker);
    return all;
  }

  private async take(delivery: Delivery, hand: Hand, room: Room): Promise<void> {
    this.counts.delivered += 1;
    this.onPath += 1;
    const verdict = await telemetry().processed(delivery, room.queue, (traced, processing) =>
      guarded(traced, deliver(traced, { ...hand, processing }, room), hand, this.inFlight, room),
    );
    this.onPath -= 1;
    if (verdict) this.settled(delivery.properties.messageId, verdict);
  }

  private async moving(
    delivery: Delivery,
    moved: Promise<MoveVerdict>,
    hand: Hand,
    room: Room,
  ): Promise<MoveVerdict> {
    const verdict = await guarded(delivery, moved, hand, this.inFlight, room);
    if (verdict && verdict.kind !== 'moved') this.settled(delivery.properties.messageId, verdict);
    return verdict;
  }

  private settled(messageId: string | undefined, verdict: SettleVerdict): void {
    count(this.counts, verdict);
    this.room?.counting.settled(verdict);
    this.options.tell('settled', { messageId, verdict });
  }

  private furnish(cluster: string): Room {
    const { settings, broker, host, workflow, tell, reread } = this.options;
    const { queue } = settings.topology;
    const scope = settings.scope || scopeOf(cluster, broker.vhost, queue);
    writeDown(this.store, { scope, queue, vhost: broker.vhost, cluster }, settings);
    const { counts, store } = this;
    return furnish({
      settings,
      // The login that was let in last, so that publishing does not begin with one that was rotated away.
      broker: this.connection.settings,
      reread: reread?.broker,
      store,
      payloads: this.options.payloads,
      rereadPayloads: reread?.payloads,
      scope,
      host,
      workflow,
      counts,
      tell,
      inHand: () => this.onPath,
      layLadder: (level, again) => this.ladder.reach(level, again),
      settled: (messageId, verdict) => this.settled(messageId, verdict),
    });
  }
}
