import { RefusedError } from '../contract/errors';
import { TornError } from './answers';

interface Waiting<Entry, Answer> {
  readonly entry: Entry;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Makes one call for all entries; one that is refused, or whose keys lie on two nodes of a Cluster, is made again for each entry
 * alone, so that only its own call fails.
 */
export async function togetherOrEach<Entry>(
  entries: readonly Entry[],
  act: (entries: readonly Entry[]) => Promise<void>,
): Promise<void> {
  try {
    await act(entries);
  } catch (error) {
    if (!mayGoAlone(entries, error)) throw error;
    await Promise.all(entries.map((entry) => act([entry])));
  }
}

function mayGoAlone(entries: readonly unknown[], error: unknown): boolean {
  return entries.length > 1 && (error instanceof RefusedError || error instanceof TornError);
}

/**
 * Collects calls of one turn of the event loop and makes them together: one script for many tasks. A failed call fails each
 * of its entries; one that is refused or torn is made again for each entry alone.
 */
export class Bulk<Entry, Answer> {
  private waiting: Waiting<Entry, Answer>[] = [];

  /**
   * @param act answers in the order of its entries
   * @param most entries of one call: a script blocks the store while it runs, so it stays short
   */
  constructor(
    private readonly act: (entries: readonly Entry[]) => Promise<readonly Answer[]>,
    private readonly most = 100,
  ) {}

  async call(entry: Entry): Promise<Answer> {
    return await new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ entry, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let start = 0; start < all.length; start += this.most) {
      void this.send(all.slice(start, start + this.most));
    }
  }

  private async send(part: readonly Waiting<Entry, Answer>[]): Promise<void> {
    try {
      const answers = await this.act(part.map(({ entry }) => entry));
      part.forEach((waiting, index) => waiting.resolve(answers[index] as Answer));
    } catch (error) {
      if (mayGoAlone(part, error)) {
        for (const waiting of part) void this.send([waiting]);
        return;
      }
      for (const waiting of part) waiting.reject(error);
    }
  }
}
