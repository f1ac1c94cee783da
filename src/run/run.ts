import type { DeliveryItem } from '../contract/run';
import type { RunEnd, RunVerdict, Word } from '../contract/verdicts';

/**
 * One delivery's part in a run. `verdict` is the first of: a word, the run's end, the run limit. `over` is later: when the run
 * itself has ended, or is given up, and its slot is free; a word does not free it.
 */
export class Run {
  readonly verdict: Promise<RunVerdict>;
  readonly over: Promise<void>;
  /** The run ended well, however late: a success counts also after the run was given up. */
  readonly succeeded: Promise<void>;
  private decide!: (verdict: RunVerdict) => void;
  private fail!: (error: Error) => void;
  private finish!: () => void;
  private succeed!: () => void;
  private readonly limit: NodeJS.Timeout;
  /** An execution was started for it. */
  begun = false;
  private decided = false;
  private ended = false;

  /** @param limitMs what is left of the run limit, counted from the delivery */
  constructor(
    readonly item: DeliveryItem,
    limitMs: number,
    runLimitMs: number,
  ) {
    this.verdict = new Promise((resolve, reject) => {
      this.decide = resolve;
      this.fail = reject;
    });
    this.over = new Promise((resolve) => (this.finish = resolve));
    this.succeeded = new Promise((resolve) => (this.succeed = resolve));
    this.limit = setTimeout(
      () => this.conclude({ kind: 'run_limit', afterMs: runLimitMs }, true),
      Math.max(0, limitMs),
    );
  }

  /** Whether the run still owes this delivery an end. */
  get unsettled(): boolean {
    return !this.decided;
  }

  hear(word: Word): void {
    this.conclude({ kind: 'word', word }, false);
  }

  /** The run ended, or stands at a Wait node, where it takes no slot. */
  end(end: RunEnd): void {
    if (end.kind === 'succeeded') this.succeed();
    this.conclude({ kind: 'ended', end }, true);
  }

  /** Nothing started and nothing will. */
  abandon(error: Error): void {
    if (!this.decided) {
      this.decided = true;
      this.fail(error);
    }
    this.free();
  }

  private conclude(verdict: RunVerdict, over: boolean): void {
    if (!this.decided) {
      this.decided = true;
      this.decide(verdict);
    }
    if (over) this.free();
  }

  /** Its slot is free: the run is over, or will never begin. */
  free(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.limit);
    this.finish();
  }
}
