import type { Meter, Room, Rule } from './meter';
import type { ProviderOptions } from './options';
import { SlidingLog } from './slidingLog';
import { TokenBucket } from './tokenBucket';

export type Refusal = 'requests' | 'tokens' | 'concurrency';

export interface Refused {
  by: Refusal;
  limit: number;
  used: number;
  requested: number;
  /** When there is room again; undefined when there never will be. */
  retryAfterMs?: number;
}

/** One admitted call. `end` must be called once, however the call ends. */
export interface Admission {
  end(): void;
}

/** One limit, counted in both ways: which of them rules may change while calls run. */
interface Counted {
  window: SlidingLog;
  bucket: TokenBucket;
}

/** The provider's own limits: all are looked at before any is charged. */
export class Limits {
  private readonly ofRequests: Counted;
  private readonly ofTokens: Counted;
  private running = 0;

  constructor(
    private readonly options: () => ProviderOptions,
    now: () => number,
  ) {
    const counted = (limit: Rule['limit']): Counted => {
      const rule = { limit, windowMs: () => options().windowMs, now };
      return {
        window: new SlidingLog(rule),
        bucket: new TokenBucket(rule, () => options().bucket ?? 1),
      };
    };
    this.ofRequests = counted(() => options().requestsPerMinute);
    this.ofTokens = counted(() => options().tokensPerMinute);
  }

  admit(tokens: number): Admission | Refused {
    const { concurrentLimit, requestsPerMinute, tokensPerMinute, countAt } = this.options();
    if (concurrentLimit !== undefined && this.running >= concurrentLimit) {
      const used = this.running;
      return { by: 'concurrency', limit: concurrentLimit, used, requested: 1, retryAfterMs: 1000 };
    }
    // Who counts answers when they end does not know how long this one will be: any room will do.
    const needed = countAt === 'answer' ? Math.min(1, tokens) : tokens;
    const refused =
      this.over('requests', requestsPerMinute, this.ofRequests, 1) ??
      this.over('tokens', tokensPerMinute, this.ofTokens, needed);
    if (refused) return refused;

    const held = countAt === 'end';
    const ends = [charge(this.ofRequests, 1, held)];
    if (countAt === 'answer') ends.push(() => charge(this.ofTokens, tokens, false));
    else ends.push(charge(this.ofTokens, tokens, held));
    this.running += 1;
    let ended = false;
    return {
      end: () => {
        if (ended) return;
        ended = true;
        this.running -= 1;
        for (const end of ends) end();
      },
    };
  }

  requests(): Room | undefined {
    return this.ruling(this.ofRequests).room();
  }

  tokens(): Room | undefined {
    return this.ruling(this.ofTokens).room();
  }

  /** Called before the options change. */
  settle(): void {
    this.ofRequests.bucket.settle();
    this.ofTokens.bucket.settle();
  }

  private over(
    by: Refusal,
    limit: number | undefined,
    counted: Counted,
    requested: number,
  ): Refused | undefined {
    const shortage = this.ruling(counted).shortage(requested);
    if (limit === undefined || shortage === undefined) return undefined;
    return { by, limit, requested, ...shortage };
  }

  private ruling({ window, bucket }: Counted): Meter {
    return this.options().bucket === undefined ? window : bucket;
  }
}

/** @returns what is to be called when the call ends: a bucket has been filling up since it began, however long it took */
function charge({ window, bucket }: Counted, amount: number, held: boolean): () => void {
  bucket.charge(amount);
  return window.charge(amount, held);
}
