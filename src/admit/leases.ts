import type { Lease, Task, Word } from '../contract/verdicts';
import { readWord } from '../contract/word';
import { togetherOrEach } from '../store/bulk';
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

  /** A word for a key came from elsewhere. Success and a cancel are final whoever brings them; others need the live fence. */
  tell(key: string, fence: number, word: Word): void {
    const kept = this.kept.get(key);
    if (!kept) return;
    const final = word.kind === 'complete' || word.kind === 'cancel';
    if (final || kept.lease.fence === fence) kept.hear(word);
  }

  has(key: string): boolean {
    return this.kept.has(key);
  }

  async renew(): Promise<void> {
    // A slow store must not pile up renewals.
    if (this.renewing) return;
    this.renewing = true;
    try {
      const all = [...this.kept.values()];
      for (let start = 0; start < all.length; start += MOST_AT_ONCE) {
        const part = all.slice(start, start + MOST_AT_ONCE);
        await togetherOrEach(part, (some) => this.renewPart(some));
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
          task.messageId,
          task.fingerprint,
        ]),
      ],
    )) as string[];
    part.forEach((kept, index) => {
      // It may have been settled while the store answered.
      if (this.kept.get(kept.lease.key) !== kept) return;
      const [verdict, word, said] = answers.slice(index * 3, index * 3 + 3);
      if (word) kept.hear(readWord(word, said ?? ''));
      else if (verdict === 'lost') {
        this.kept.delete(kept.lease.key);
        kept.lost();
      }
    });
  }
}
