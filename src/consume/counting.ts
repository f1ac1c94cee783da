import { TIME_BOUNDS_MS } from '../contract/counts';
import { goodbye } from '../contract/patience';
import type { AdmitVerdict, SettleVerdict, Task } from '../contract/verdicts';
import { countScript } from '../store/countScript';
import type { Store } from '../store/store';

/** How long counts are gathered before they are written, ms: what a process that is killed takes with it. */
const GATHER_MS = 1000;

/**
 * Counts what becomes of deliveries, for metrics. Gathered here and written once a second for all of them: in the scripts that admit and
 * end tasks, counting cost 15 % of what the engine can do (measured).
 */
export class Counting {
  private counts = new Map<string, number>();
  /** When the task was sent that began last; 'unknown' when it does not say. Undefined once written. */
  private lastSent: number | 'unknown' | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly scope: string,
  ) {}

  admitted({ replays, sentAt }: Task, verdict: AdmitVerdict): void {
    if (verdict.kind !== 'admitted') return;
    const { crashes, tries } = verdict;
    this.tally('runs');
    if (crashes > 0) this.tally('crashes');
    if (crashes > 0 || tries.attempt > 1 || tries.throttles > 0) return;
    if (replays !== undefined) this.tally('replayed');
    else {
      if (sentAt !== undefined) this.observe('wait', Date.now() - sentAt);
      this.lastSent = sentAt === undefined ? 'unknown' : Math.round(sentAt);
    }
  }

  /** @param ms from its start to its end, its word or its limit */
  ran(ms: number): void {
    this.observe('run', ms);
  }

  settled(verdict: SettleVerdict): void {
    if (verdict.kind === 'sent_round') return;
    this.tally('received');
    switch (verdict.kind) {
      case 'done':
      case 'parked':
        return this.tally(verdict.kind);
      case 'dropped':
        return this.tally('duplicates');
      case 'retried':
        return this.tally(verdict.counts ? 'retried' : 'throttled');
      case 'dead':
        return this.tally(`dead:${verdict.reason}`);
      case 'canceled':
      case 'overtaken':
    }
  }

  /** Writes what is left, but does not wait for a store that is away. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await goodbye(this.write());
  }

  private observe(name: string, given: number): void {
    const ms = Math.max(0, Math.round(given));
    const at = TIME_BOUNDS_MS.findIndex((bound) => ms <= bound);
    this.tally(`${name}:${(at < 0 ? TIME_BOUNDS_MS.length : at) + 1}`);
    this.tally(`${name}:ms`, ms);
  }

  private tally(name: string, more = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + more);
    this.timer ??= setTimeout(() => void this.write(), GATHER_MS).unref();
  }

  /** What could not be written is written with the next. Does not reject. */
  private async write(): Promise<void> {
    const { store, scope, counts, lastSent = '' } = this;
    this.timer = undefined;
    if (counts.size === 0) return;
    this.counts = new Map();
    // What another process wrote meanwhile is newer.
    this.lastSent = undefined;
    try {
      await store.run(countScript, [store.keys.counts(scope)], [lastSent, ...[...counts].flat()]);
    } catch {
      for (const [name, count] of counts) this.tally(name, count);
    }
  }
}
