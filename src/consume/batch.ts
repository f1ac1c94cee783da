import { ClosedError } from '../contract/patience';
import type { Run } from '../run/run';

/** Gathers runs that share one execution: `size` of them, or what there is `waitMs` after the first. */
export class Batch {
  private gathered: Run[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly size: number,
    private readonly waitMs: number,
    private readonly start: (runs: readonly Run[]) => void,
  ) {}

  add(run: Run): void {
    if (this.closed) {
      run.abandon(new ClosedError('the consumer closed before the run began'));
      return;
    }
    this.gathered.push(run);
    if (this.gathered.length >= this.size) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.waitMs);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** What has not begun goes back. */
  close(): void {
    this.closed = true;
    for (const run of this.take()) {
      run.abandon(new ClosedError('the consumer closed before the run began'));
    }
  }

  private flush(): void {
    // A word may have come, or the run limit passed, for one that waited here: nothing will run for it.
    const all = this.take();
    const ready = all.filter((run) => run.unsettled);
    for (const run of all) if (!run.unsettled) run.free();
    if (ready.length > 0) this.start(ready);
  }

  private take(): Run[] {
    clearTimeout(this.timer);
    this.timer = undefined;
    const all = this.gathered;
    this.gathered = [];
    return all;
  }
}
