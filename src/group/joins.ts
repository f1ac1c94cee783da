import type { Outgoing } from '../contract/message';
import { ClosedError } from '../contract/patience';
import type { Store } from '../store/store';
import { GROUP_LIFE_MS } from './closing';
import { closeScript, joinedScript, lookScript, takeScript } from './joinScripts';
import { joinMessage, type Closing, type Plan } from './plan';

export interface JoinsOptions {
  readonly store: Store;
  readonly scope: string;
  readonly queue: string;
  /** How long a group is left to who took it, ms; groups are looked at three times in it at least. */
  readonly leaseMs: number;
  /** Publishes and confirms; waits for a broker that is away until the signal aborts. */
  publish(message: Outgoing, signal: AbortSignal): Promise<void>;
  /** The join of a group is in the queue. */
  joined(group: string, closing: Closing): void;
  away(error: unknown): void;
}

type Taken = [nextMs: string, found: string[]];

/** Groups looked at in one sweep. */
const MOST = 100;

/**
 * Sends the joins of a queue: of groups that were closed by the end of a child, in whatever process, and of those whose deadline passes.
 * Told at once, and by a look every now and then, so that a join outlives a lost notification and a process that dies.
 */
export class Joins {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private again = false;
  private pauseMs: number;
  private readonly stopping = new AbortController();

  constructor(private readonly options: JoinsOptions) {
    const { store, scope } = options;
    this.pauseMs = options.leaseMs / 3;
    store.listen(store.keys.joinsDue(scope), () => this.sweep());
    this.arm();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  sweep(): void {
    if (this.stopping.signal.aborted) return;
    if (this.sweeping) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.sweeping = this.sweepAll()
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.sweeping = undefined;
        if (this.stopping.signal.aborted) return;
        const { again } = this;
        this.again = false;
        if (again) this.sweep();
        else this.arm();
      });
  }

  private failed(error: unknown): void {
    if (!(error instanceof ClosedError)) this.options.away(error);
  }

  private arm(): void {
    this.timer = setTimeout(() => this.sweep(), this.pauseMs).unref();
  }

  private async sweepAll(): Promise<void> {
    const { store, scope, leaseMs } = this.options;
    this.pauseMs = leaseMs / 3;
    for (;;) {
      const joins = store.keys.joins(scope);
      const [next, found] = (await store.run(takeScript, [joins], [MOST, leaseMs])) as Taken;
      if (next !== '') this.pauseMs = Math.min(leaseMs / 3, Number(next) + 1);
      await Promise.all(
        found.map((group) => this.look(group).catch((error: unknown) => this.failed(error))),
      );
      if (found.length < MOST) return;
    }
  }

  private async look(group: string): Promise<void> {
    const { store, scope, queue, leaseMs, publish, joined } = this.options;
    const keys = store.keys.group(group);
    const joins = store.keys.joins(scope);
    const [kind, first = '', second = '', third = ''] = (await store.run(
      closeScript,
      keys,
      [],
    )) as string[];
    if (kind === 'wait') {
      this.pauseMs = Math.min(this.pauseMs, Number(first) + 1);
      await store.run(lookScript, [joins], [group, first, 0, GROUP_LIFE_MS, '']);
      return;
    }
    if (kind === 'closed') {
      const closing = JSON.parse(second) as Closing;
      const plan = JSON.parse(first) as Plan;
      // It comes back to somebody after a lease: one that no broker takes must not keep the others from being sent.
      const limit = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(leaseMs)]);
      await publish(joinMessage(group, plan, closing, queue, Number(third)), limit);
      await store.run(joinedScript, keys, []);
      joined(group, closing);
    }
    await store.ask((client) => client.zrem(joins, group));
  }
}
