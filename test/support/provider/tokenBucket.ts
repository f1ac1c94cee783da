import type { Meter, Room, Rule, Shortage } from './meter';

/** Of a request or a token: what rounding may take or add. */
const DUST = 1e-6;

/**
 * A bucket that fills evenly, the limit each window, and holds a share of the limit; full at first. One that holds the whole
 * limit lets up to twice the limit through within one window.
 */
export class TokenBucket implements Meter {
  /** Below 0 when calls turned out longer than there was room for. */
  private left = Infinity;
  private at: number;

  constructor(
    private readonly rule: Rule,
    /** Of the limit, that it holds when it is full. */
    private readonly share: () => number,
  ) {
    this.at = rule.now();
  }

  charge(amount: number): void {
    this.settle();
    this.left -= amount;
  }

  shortage(amount: number): Shortage | undefined {
    const limit = this.rule.limit();
    if (limit === undefined) return undefined;
    this.settle();
    const missing = amount - this.left;
    if (missing <= DUST) return undefined;
    const holds = limit * this.share();
    const used = Math.ceil(holds - this.left - DUST);
    if (amount > holds) return { used };
    return { used, retryAfterMs: Math.max(1, missing / this.rate(limit)) };
  }

  room(): Room | undefined {
    const limit = this.rule.limit();
    if (limit === undefined) return undefined;
    this.settle();
    const resetMs = (limit * this.share() - this.left) / this.rate(limit);
    return { limit, remaining: Math.max(0, Math.floor(this.left + DUST)), resetMs };
  }

  /** Called before the rule changes: what was filled up so far was filled under the old one. */
  settle(): void {
    const limit = this.rule.limit();
    const now = this.rule.now();
    if (limit === undefined) this.left = Infinity;
    else {
      const filled = this.left + (now - this.at) * this.rate(limit);
      this.left = Math.min(limit * this.share(), filled);
    }
    this.at = now;
  }

  private rate(limit: number): number {
    return limit / this.rule.windowMs();
  }
}
