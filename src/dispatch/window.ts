export interface WindowLimits {
  readonly count: number;
  readonly bytes: number;
}

/** Bounds how much is under way at once, by count and by size. One waiter at a time. */
export class Window {
  private count = 0;
  private bytes = 0;
  private waiting: { readonly enough: () => boolean; go(): void } | undefined;

  constructor(private readonly limits: WindowLimits) {}

  /** Undefined while there is room; else resolves when there is. One thing larger than the window still gets in, alone. */
  full(): Promise<void> | undefined {
    return this.hasRoom() ? undefined : this.until(() => this.hasRoom());
  }

  empty(): Promise<void> | undefined {
    return this.count === 0 ? undefined : this.until(() => this.count === 0);
  }

  enter(bytes: number): void {
    this.count += 1;
    this.bytes += bytes;
  }

  leave(bytes: number): void {
    this.count -= 1;
    this.bytes -= bytes;
    if (!this.waiting?.enough()) return;
    const { go } = this.waiting;
    this.waiting = undefined;
    go();
  }

  private hasRoom(): boolean {
    return this.count < this.limits.count && this.bytes < this.limits.bytes;
  }

  private async until(enough: () => boolean): Promise<void> {
    await new Promise<void>((go) => (this.waiting = { enough, go }));
  }
}
