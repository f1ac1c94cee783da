import type { WriteStream } from 'node:tty';

/** How often a line comes when it cannot be rewritten. */
const EVERY_MS = 3_000;

/** One line that is rewritten on a terminal; elsewhere a line every few seconds, when it changed. */
export class Progress {
  private shown = '';
  private shownAt = -Infinity;

  constructor(
    private readonly out: Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number },
    private readonly now: () => number = () => performance.now(),
  ) {}

  show(line: string): void {
    if (line === this.shown) return;
    if (this.out.isTTY) {
      // A longer line would wrap, and only its last row could be rewritten.
      this.out.write(`\r\x1b[2K${line.slice(0, (this.out.columns ?? 80) - 1)}`);
    } else {
      if (this.now() - this.shownAt < EVERY_MS) return;
      this.out.write(`${line}\n`);
    }
    this.shown = line;
    this.shownAt = this.now();
  }

  /** The last state, which stays. */
  end(line: string): void {
    if (this.out.isTTY) this.out.write(`\r\x1b[2K${line}\n`);
    else if (line !== this.shown) this.out.write(`${line}\n`);
    this.shown = line;
  }
}
