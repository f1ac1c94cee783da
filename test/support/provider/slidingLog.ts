import type { Meter, Room, Rule, Shortage } from './meter';

interface Entry {
  at: number;
  amount: number;
  held: boolean;
}

/** An exact log of the last window: no window, wherever it begins, has more than the limit. */
export class SlidingLog implements Meter {
  private entries: Entry[] = [];

  constructor(private readonly rule: Rule) {}

  /** `held`: it stays at least until the returned function is called, and its time begins then. */
  charge(amount: number, held: boolean): () => void {
    const entry = { at: this.rule.now(), amount, held };
    this.entries.push(entry);
    return () => {
      if (!entry.held) return;
      entry.held = false;
      entry.at = this.rule.now();
    };
  }

  shortage(amount: number): Shortage | undefined {
    const limit = this.rule.limit();
    if (limit === undefined) return undefined;
    const entries = this.inWindow();
    const used = total(entries);
    if (used + amount <= limit) return undefined;
    if (amount > limit) return { used };
    let left = used;
    for (const entry of entries) {
      left -= entry.amount;
      if (left + amount <= limit) return { used, retryAfterMs: this.leavesIn(entry) };
    }
    return { used, retryAfterMs: this.rule.windowMs() };
  }

  room(): Room | undefined {
    const limit = this.rule.limit();
    if (limit === undefined) return undefined;
    const entries = this.inWindow();
    const last = entries.at(-1);
    return {
      limit,
      remaining: Math.max(0, limit - total(entries)),
      resetMs: last === undefined ? 0 : this.leavesIn(last),
    };
  }

  private leavesIn(entry: Entry): number {
    return Math.max(1, this.countsFrom(entry) + this.rule.windowMs() - this.rule.now());
  }

  /** What is held cannot leave before a whole window from now. */
  private countsFrom(entry: Entry): number {
    return entry.held ? this.rule.now() : entry.at;
  }

  /** Those that leave first come first. */
  private inWindow(): Entry[] {
    const since = this.rule.now() - this.rule.windowMs();
    this.entries = this.entries.filter((entry) => entry.held || entry.at > since);
    return [...this.entries].sort((a, b) => this.countsFrom(a) - this.countsFrom(b));
  }
}

const total = (entries: readonly Entry[]) => entries.reduce((sum, { amount }) => sum + amount, 0);
