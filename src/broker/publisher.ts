import type { Channel, ChannelModel } from 'amqplib';

import { UnavailableError } from '../contract/errors';
import type { Outgoing, Publisher } from '../contract/message';
import { goodbye, within } from '../contract/patience';
import { telemetry } from '../contract/telemetry';
import { laneOf } from '../contract/wire';
import { brokerCause } from './cause';
import type { BrokerConnection } from './connection';
import { declare } from './declare';
import { Lane, type Publishing } from './lane';
import { levelOf } from './ladder';
import { blocked, stuck } from './outcomes';
import { delayPlan } from './topology';

/** Longest wait for a confirm, ms. A broker under a memory or disk alarm confirms nothing. */
const CONFIRM_WAIT_MS = 30_000;
/** Longest wait for a channel, ms. */
const CHANNEL_WAIT_MS = 10_000;
/** Lanes are kept up to so many; then those with nothing under way are closed: channels cost the broker memory. */
const MOST_LANES = 64;
/** Queues are deleted by people: how long one is taken for standing, ms. */
const LAID_MS = 10_000;

/**
 * Mandatory, persistent, confirmed, pipelined: any number of publishes may be under way, and each resolves on its own confirm. What is
 * under way to one exchange is not touched by what goes wrong with another.
 */
export class ConfirmingPublisher implements Publisher {
  private readonly lanes = new Map<string, Lane>();
  private readonly opening = new Map<string, Promise<void>>();
  private block: { readonly cause: UnavailableError; readonly over: Promise<void> } | undefined;
  private freeSince = 0;
  /** The highest step of the ladder that stands for a queue, and when that was seen, ms of the monotonic clock. */
  private readonly laid = new Map<string, { readonly top: number; readonly at: number }>();
  private readonly sweeper: NodeJS.Timeout;

  /** @param waitMs longest wait for a confirm, ms */
  constructor(
    private readonly connection: BrokerConnection,
    private readonly waitMs = CONFIRM_WAIT_MS,
  ) {
    connection.on('down', (cause) => this.lose(new Error(cause.message)));
    connection.on('down', () => this.laid.clear());
    connection.on('blocked', (reason) => this.becameBlocked(reason));
    this.sweeper = setInterval(() => {
      for (const lane of this.lanes.values()) lane.giveUpOverdue(this.freeSince);
    }, 1000).unref();
  }

  /** @throws UnavailableError `blocked` also, see {@link Publishing} */
  publish(message: Outgoing, publishing: Publishing = {}): Promise<void> {
    return telemetry().sent(message, (traced) => this.send(traced, publishing));
  }

  private async send(message: Outgoing, publishing: Publishing): Promise<void> {
    const { exchange } = message;
    // Nothing may be awaited between the last look and the send: another of the same id could come in between.
    for (;;) {
      const lane = this.lanes.get(exchange);
      const first = this.block ? this.unblocked(publishing) : lane?.obstacle(message);
      if (first) await first;
      else if (lane) return await lane.send(message, publishing);
      else await this.inTime(this.open(exchange));
    }
  }

  /** Fails with `not_found` when the exchange does not exist. */
  async checkExchange(name: string): Promise<void> {
    await this.looking((channel) => channel.checkExchange(name));
  }

  /**
   * Messages that wait in a queue and in the lanes behind it; what is in a consumer's hands does not count. Fails with `not_found`
   * when the queue does not exist.
   */
  async depth(queue: string): Promise<number> {
    return await this.looking(async (channel) => {
      const waiting = async (name: string) => (await channel.checkQueue(name)).messageCount;
      let total = await waiting(queue);
      try {
        for (let lane = 0; ; lane += 1) total += await waiting(laneOf(queue, lane));
      } catch (error) {
        // Who publishes does not know how many lanes there are: the first that is not there ends them.
        const cause = brokerCause(error, this.connection.settings);
        if (cause.code === 'not_found') return total;
        throw cause;
      }
    });
  }

  /**
   * Sees to it that what is published to the delay ladder for a queue comes back to it. What stood a moment ago is not laid again.
   * Fails with `not_found` when the queue does not exist.
   */
  async layDelay(queue: string, delayMs: number): Promise<void> {
    const top = levelOf(delayMs);
    const laid = this.laid.get(queue);
    if (laid && laid.top >= top && performance.now() - laid.at < LAID_MS) return;
    const model = await this.model();
    await this.inTime(declare(model, delayPlan(queue, top), 'declare', this.connection.settings));
    this.laid.set(queue, { top, at: performance.now() });
  }

  /** On a channel of its own: what is not there closes it. */
  private async looking<T>(look: (channel: Channel) => Promise<T>): Promise<T> {
    const model = await this.model();
    try {
      const channel = await this.inTime(model.createChannel());
      channel.on('error', () => undefined);
      let open = true;
      channel.once('close', () => (open = false));
      const seen = await this.inTime(look(channel));
      if (open) await goodbye(channel.close());
      return seen;
    } catch (error) {
      throw brokerCause(error, this.connection.settings);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.sweeper);
    await Promise.all([...this.lanes.values()].map((lane) => lane.close()));
    this.lose(new Error('the publisher was closed'));
  }

  private async open(exchange: string): Promise<void> {
    let opening = this.opening.get(exchange);
    if (!opening) {
      opening = this.openLane(exchange).finally(() => this.opening.delete(exchange));
      this.opening.set(exchange, opening);
    }
    await opening;
  }

  private async openLane(exchange: string): Promise<void> {
    const model = await this.model();
    if (this.lanes.size >= MOST_LANES) this.closeIdle();
    const lane = await Lane.open(model, {
      connection: this.connection,
      waitMs: this.waitMs,
      ended: (ended) => {
        if (this.lanes.get(exchange) === ended) this.lanes.delete(exchange);
      },
    });
    this.lanes.set(exchange, lane);
  }

  private closeIdle(): void {
    for (const [exchange, lane] of this.lanes) {
      if (!lane.idle) continue;
      this.lanes.delete(exchange);
      void lane.close();
    }
  }

  /** A broker that blocks us, or is frozen, does not answer at all. */
  private async inTime<T>(answer: Promise<T>): Promise<T> {
    return await within(this.waitMs, answer, () => stuck(this.connection.blocked, this.waitMs));
  }

  private async model(): Promise<ChannelModel> {
    const { connection } = this;
    if (connection.live) return connection.live;
    return await new Promise((resolve, reject) => {
      const up = (model: ChannelModel) => {
        clearTimeout(timer);
        resolve(model);
      };
      const timer = setTimeout(() => {
        connection.off('up', up);
        reject(connection.refusal ?? this.unreachable());
      }, CHANNEL_WAIT_MS);
      connection.once('up', up);
    });
  }

  private unreachable(): UnavailableError {
    const { hosts } = this.connection.settings;
    const where = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
    return new UnavailableError(
      'unreachable',
      `No RabbitMQ answered at ${where} for ${CHANNEL_WAIT_MS / 1000} s.`,
      'Nothing was sent. Try again when the server is back.',
    );
  }

  private becameBlocked(reason: string): void {
    const { connection } = this;
    const cause = blocked(reason);
    const over = new Promise<void>((resolve) => {
      const go = () => {
        connection.off('unblocked', go);
        connection.off('down', go);
        this.block = undefined;
        this.freeSince = performance.now();
        resolve();
      };
      connection.once('unblocked', go);
      connection.once('down', go);
    });
    this.block = { cause, over };
    for (const lane of this.lanes.values()) lane.block(cause);
  }

  private async unblocked({ onBlocked }: Publishing): Promise<void> {
    if (!this.block) return;
    const { cause, over } = this.block;
    onBlocked?.(cause);
    await (onBlocked ? over : within(this.waitMs, over, () => cause));
  }

  private lose(cause: Error): void {
    for (const lane of this.lanes.values()) lane.end(cause);
    this.lanes.clear();
  }
}
