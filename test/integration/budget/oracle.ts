import type { Amount } from '../../../src/contract/budgetVerdicts';

interface Logged extends Amount {
  readonly at: number;
  /** Of its lease; what is not extended or ended by then counts as used at that moment. */
  leaseEnd: number;
  ended?: number;
  used: { input: number; output: number };
}

type Limits = { readonly [name in 'requests' | 'input' | 'output' | 'total']?: number | undefined };
type Tokens = Pick<Amount, 'input' | 'output'>;

const MINUTE_MS = 60_000;

/** A budget as an exact log. It says what may be granted, by the words of the promise and nothing else. */
export class Oracle {
  private readonly log = new Map<string, Logged>();

  constructor(
    private readonly limits: Limits,
    private readonly guardMs: number,
  ) {}

  grant(id: string, at: number, reserved: Amount, leaseMs: number): void {
    const { input, output } = reserved;
    this.log.set(id, { ...reserved, at, leaseEnd: at + leaseMs, used: { input, output } });
  }

  end(id: string, at: number, used: Tokens): void {
    const one = this.of(id);
    one.ended = at;
    one.used = used;
  }

  extend(id: string, at: number, leaseMs: number): void {
    this.of(id).leaseEnd = at + leaseMs;
  }

  release(id: string): void {
    this.log.delete(id);
  }

  remembers(id: string, now: number): boolean {
    const { ended, leaseEnd } = this.of(id);
    return (ended ?? leaseEnd) > now - MINUTE_MS;
  }

  /** Limits that are exceeded in the minute that ends now, each with its figures. */
  broken(now: number): string[] {
    return this.over(this.used(now, MINUTE_MS));
  }

  /** Whether there is room, if what was charged stays so much longer than a minute and the guard, ms. */
  fits(now: number, asked: Amount, longerMs: number): boolean {
    const used = this.used(now, MINUTE_MS + this.guardMs + longerMs);
    return (
      this.over({
        requests: used.requests + asked.requests,
        input: used.input + asked.input,
        output: used.output + asked.output,
      }).length === 0
    );
  }

  /** Most requests within any 60 s of all that was granted. */
  mostRequests(): number {
    const all = [...this.log.values()].sort((a, b) => a.at - b.at);
    return Math.max(
      0,
      ...all.map(({ at }) =>
        all
          .filter((one) => one.at > at - MINUTE_MS && one.at <= at)
          .reduce((sum, { requests }) => sum + requests, 0),
      ),
    );
  }

  private used(now: number, windowMs: number): Amount {
    const used = { requests: 0, input: 0, output: 0 };
    for (const one of this.log.values()) {
      if (one.at > now - windowMs) used.requests += one.requests;
      const until = one.ended ?? Math.min(one.leaseEnd, now);
      const isLive = one.ended === undefined && one.leaseEnd > now;
      if (isLive || until > now - windowMs) {
        used.input += one.used.input;
        used.output += one.used.output;
      }
    }
    return used;
  }

  private over(used: Amount): string[] {
    const figures = { ...used, total: used.input + used.output };
    return Object.entries(figures)
      .filter(([name, n]) => n > (this.limits[name as keyof Limits] ?? Infinity))
      .map(([name, n]) => `${name}: ${n} of ${this.limits[name as keyof Limits]}`);
  }

  private of(id: string): Logged {
    const one = this.log.get(id);
    if (!one) throw new Error(`the oracle knows no ${id}`);
    return one;
  }
}
