import type { Lease, Task, Word } from '../contract/verdicts';
import type { Store } from '../store/store';
import type { Admission, LeaseTerms } from './admission';
import { renewScript } from './renewScript';

interface Kept {
  readonly lease: Lease;
  readonly task: Task;
  hear(word: Word): void;
  lost(): void;
}

/** Leases renewed by one script; it blocks the store while it runs, so it stays short. */
const MOST_AT_ONCE = 200;

/**
 * Renews the leases of this process, three times within their length. Each renewal also looks for a word, for those whose
 * notification was lost.
 */
export class Leases {
  private readonly kept = new Map<string, Kept>();
  private readonly timer: NodeJS.Timeout;
  private renewing = false;

  constructor(
    private readonly store: Store,
    private readonly scope: string,
    private readonly terms: LeaseTerms,
    private readonly admission: Admission,
    private readonly away: (error: Error) => void,
  ) {
    this.timer = setInterval(() => void this.renew(), terms.leaseMs / 3).unref();
  }

  /** Renews until the returned function is called. */
  keep(task: Task, lease: Lease, on: Pick<Kept, 'hear' | 'lost'>): () => void {
    const kept: Kept = { lease, task, ...on };
    this.kept.set(lease.key, kept);
    return () => {
      if (this.kept.get(lease.key) === kept) this.kept.delete(lease.key);
    };
  }

  /** A word for a key came from elsewhere. */
  tell(key: string, word: Word): void {
    this.kept.get(key)?.hear(word);
  }

  async renew(): Promise<void> {
    // A slow store must not pile up renewals.
    if (this.renewing) return;
    this.renewing = true;
    try {
      const all = [...this.kept.values()];
      for (let start = 0; start < all.length; start += MOST_AT_ONCE) {
        await this.renewPart(all.slice(start, start + MOST_AT_ONCE));
      }
    } catch (error) {
      this.away(error as Error);
    } finally {
      this.renewing = false;
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renewPart(part: readonly Kept[]): Promise<void> {
    const answers = (await this.store.run(
      renewScript,
      part.map(({ lease }) => this.store.keys.task(this.scope, lease.key)),
      [
        this.terms.leaseMs,
        this.terms.rememberMs,
        ...part.flatMap(({ lease, task }) => [
          String(lease.fence),
          this.admission.ownerOf(task),
          task.delivery.properties.messageId ?? '',
          task.fingerprint,
        ]),
      ],
    )) as string[];
    part.forEach((kept, index) => {
      // It may have been settled while the store answered.
      if (this.kept.get(kept.lease.key) !== kept) return;
      if (answers[index * 2 + 1] === 'complete') kept.hear({ kind: 'complete' });
      else if (answers[index * 2] === 'lost') {
        this.kept.delete(kept.lease.key);
        kept.lost();
      }
    });
  }
}
