import { furnish, type Room } from '../../../src/consume/room';
import { deliver } from '../../../src/consume/delivery';
import { ClosedError } from '../../../src/contract/patience';
import { UnavailableError } from '../../../src/contract/errors';
import { noCounts } from '../../../src/consume/counts';
import type { Outgoing, Publisher } from '../../../src/contract/message';
import type { RunHost } from '../../../src/contract/run';
import { brokerSchema, type ConsumerSettings } from '../../../src/contract/settings';
import type { SettleVerdict } from '../../../src/contract/verdicts';
import type { Store } from '../../../src/store/store';
import { ChannelModel, type BrokerModel } from './brokerModel';

/** How an effect goes: whole, without its answer for now, or with a lost connection before or after it. */
export type How = 'whole' | 'unanswered' | 'lost_before' | 'lost_after';

/** An effect that a process wants, and that happens when the test says so. */
interface Pending {
  readonly what: string;
  effect(): Promise<unknown>;
  answer?: () => void;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface OwnerOptions {
  readonly name: string;
  readonly broker: BrokerModel;
  readonly store: Store;
  readonly scope: string;
  readonly settings: ConsumerSettings;
  readonly host: RunHost;
  /** A delivery ended in this process, or failed with an error that is a fault of the pack. */
  ended(verdict: SettleVerdict | Error): void;
}

/** By connection name: `machine.test.ts` puts them in the place of the pooled publishers. */
export const publishers = new Map<string, Publisher>();

let epochs = 0;

/**
 * One process with a consumer: the real path of a delivery and the real rooms, with every effect on the store and the broker held back
 * until the test lets it happen. Its timers for renewals and sweeps do not run: the test calls both.
 */
export class Owner {
  readonly pendings: Pending[] = [];
  alive = true;
  readonly room: Room;
  private hear: (message: string) => void = () => undefined;
  private channel: ChannelModel;
  private closing = new AbortController();

  constructor(private readonly options: OwnerOptions) {
    const { name, broker, scope, settings, host } = options;
    publishers.set(name, {
      publish: (message) => this.publish(message),
      checkExchange: () => Promise.resolve(),
    });
    this.channel = new ChannelModel(broker, ++epochs);
    this.room = furnish({
      settings,
      broker: brokerSchema.parse({ hosts: [{ host: 'none', port: 1 }], connectionName: name }),
      store: this.gated(options.store),
      scope,
      host,
      workflow: 'a model',
      counts: noCounts(),
      tell: () => undefined,
      layLadder: () => Promise.resolve(),
      inHand: () => 0,
      settled: (_id, verdict) => options.ended(verdict),
    });
    this.room.leases.stop();
    this.room.spoken.stop();
  }

  get holds(): number {
    return this.channel.unacked.size;
  }

  /** Starts the path of a ready message. */
  take(index: number): void {
    const { channel } = this;
    const { signal } = this.closing;
    const ack = ({ number }: { number: number }) => {
      if (!channel.open) return;
      // A sent ack may reach the broker at any later time, or never, if the channel ends first.
      void this.gate('ack', async () => channel.ack(number));
    };
    deliver(channel.take(index), { ack, signal }, this.room).then(
      (verdict) => this.options.ended(verdict),
      (error: unknown) => {
        if (!(error instanceof ClosedError)) this.options.ended(error as Error);
      },
    );
  }

  /** Lets one of the waiting effects happen, and what follows from it up to the next. */
  async step(index: number, how: How): Promise<void> {
    const pending = this.pendings[index % this.pendings.length];
    if (!pending) return;
    if (pending.answer) {
      this.drop(pending);
      pending.answer();
    } else if (how === 'lost_before' && pending.what !== 'ack') {
      this.drop(pending);
      pending.reject(away('unreachable'));
    } else {
      await this.happen(pending, how);
    }
    await settled();
  }

  notify(message: string): void {
    if (this.alive) this.hear(message);
  }

  /** The process is killed: nothing of it happens any more. */
  crash(): void {
    this.alive = false;
    this.pendings.length = 0;
    this.channel.close();
  }

  /** The channel is lost, or the consumer closes; the process and its runs live on. */
  loseChannel(): void {
    this.channel.close();
    this.closing.abort();
    for (const ack of this.pendings.filter(({ what }) => what === 'ack')) this.drop(ack);
    this.channel = new ChannelModel(this.options.broker, ++epochs);
    this.closing = new AbortController();
  }

  private async happen(pending: Pending, how: How): Promise<void> {
    let answer: () => void;
    try {
      const value = await pending.effect();
      answer =
        how === 'lost_after' && pending.what !== 'ack'
          ? () => pending.reject(away('unconfirmed'))
          : () => pending.resolve(value);
    } catch (error) {
      answer = () => pending.reject(error as Error);
    }
    if (how === 'unanswered' && pending.what !== 'ack') {
      pending.answer = answer;
      return;
    }
    this.drop(pending);
    answer();
  }

  private drop(pending: Pending): void {
    this.pendings.splice(this.pendings.indexOf(pending), 1);
  }

  private async gate<T>(what: string, effect: () => Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      if (!this.alive) return;
      this.pendings.push({ what, effect, resolve, reject });
    });
  }

  private async publish(message: Outgoing): Promise<void> {
    await this.gate('publish', async () => this.options.broker.publish(message));
  }

  private gated(store: Store): Store {
    const own: Pick<Store, 'run' | 'ask' | 'listen' | 'close'> = {
      run: (script, keys, args) => this.gate(script.name, () => store.run(script, keys, args)),
      ask: (act) => this.gate('ask', () => store.ask(act)),
      listen: (_channel, hear) => (this.hear = hear),
      close: () => undefined,
    };
    return new Proxy(store, {
      get: (target, name) =>
        (name in own ? own[name as keyof typeof own] : target[name as keyof Store]) as unknown,
    });
  }
}

/** Lets everything run that does not wait for an effect or a timer: calls are collected for one turn, so a few turns are enough. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function away(code: 'unreachable' | 'unconfirmed'): UnavailableError {
  return new UnavailableError(code, 'the connection was lost', 'Wait.');
}
