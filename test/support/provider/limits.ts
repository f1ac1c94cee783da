import type { ProviderOptions } from './options';

export type Refusal = 'requests' | 'tokens' | 'concurrency';

export interface Refused {
  by: Refusal;
  limit: number;
  used: number;
  requested: number;
  /** When there is room again; undefined when there never will be. */
  retryAfterMs?: number;
}

export interface Room {
  limit: number;
  remaining: number;
  /** Until the window is as good as empty. */
  resetMs: number;
}

/** One admitted call. `end` must be called once, however the call ends. */
export interface Admission {
  end(): void;
}

interface Entry {
  at: number;
  tokens: number;
  running: boolean;
}

/**
 * The provider's own limits: an exact log of the last `windowMs`, no buckets, so that it never
 * grants more than the limit in any window, wherever that window begins.
 */
export class Limits {
  private entries: Entry[] = [];
  private running = 0;

  constructor(
    private readonly options: () => ProviderOptions,
    private readonly now: () => number,
  ) {}

  admit(tokens: number): Admission | Refused {
    const { concurrentLimit, requestsPerMinute, tokensPerMinute, countAt } = this.options();
    if (concurrentLimit !== undefined && this.running >= concurrentLimit) {
      const used = this.running;
      return { by: 'concurrency', limit: concurrentLimit, used, requested: 1, retryAfterMs: 1000 };
    }
    const refused =
      this.over('requests', requestsPerMinute, 1, () => 1) ??
      this.over('tokens', tokensPerMinute, tokens, (entry) => entry.tokens);
    if (refused) return refused;

    const entry = { at: this.now(), tokens, running: true };
    this.entries.push(entry);
    this.running += 1;
    return {
      end: () => {
        if (!entry.running) return;
        entry.running = false;
        this.running -= 1;
        if (countAt === 'end') entry.at = this.now();
      },
    };
  }

  requests(): Room | undefined {
    return this.room(this.options().requestsPerMinute, () => 1);
  }

  tokens(): Room | undefined {
    return this.room(this.options().tokensPerMinute, (entry) => entry.tokens);
  }

  private over(
    by: Refusal,
    limit: number | undefined,
    requested: number,
    weight: (entry: Entry) => number,
  ): Refused | undefined {
    if (limit === undefined) return undefined;
    const entries = this.inWindow();
    const used = entries.reduce((sum, entry) => sum + weight(entry), 0);
    if (used + requested <= limit) return undefined;
    if (requested > limit) return { by, limit, used, requested };
    let left = used;
    for (const entry of entries) {
      left -= weight(entry);
      if (left + requested <= limit) {
        return { by, limit, used, requested, retryAfterMs: this.leavesIn(entry) };
      }
    }
    return { by, limit, used, requested, retryAfterMs: this.options().windowMs };
  }

  private room(limit: number | undefined, weight: (entry: Entry) => number): Room | undefined {
    if (limit === undefined) return undefined;
    const entries = this.inWindow();
    const used = entries.reduce((sum, entry) => sum + weight(entry), 0);
    const last = entries.at(-1);
    return {
      limit,
      remaining: Math.max(0, limit - used),
      resetMs: last === undefined ? 0 : this.leavesIn(last),
    };
  }

  private leavesIn(entry: Entry): number {
    return Math.max(1, entry.at + this.options().windowMs - this.now());
  }

  /** Oldest first. A call that is still running and counts at its end cannot leave before it. */
  private inWindow(): Entry[] {
    const { windowMs, countAt } = this.options();
    const since = this.now() - windowMs;
    this.entries = this.entries.filter(
      (entry) => entry.at > since || (entry.running && countAt === 'end'),
    );
    const held = (entry: Entry) => (entry.running && countAt === 'end' ? this.now() : entry.at);
    return [...this.entries].sort((a, b) => held(a) - held(b));
  }
}
