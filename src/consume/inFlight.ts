/** What is under way, and when nothing is any more. */
export class InFlight {
  private readonly all = new Set<Promise<void>>();
  private readonly watchers = new Set<() => void>();

  get size(): number {
    return this.all.size;
  }

  /** @param done must not reject */
  add(done: Promise<void>): void {
    this.all.add(done);
    void done.then(() => {
      this.all.delete(done);
      if (this.all.size > 0) return;
      for (const watcher of this.watchers) watcher();
      this.watchers.clear();
    });
  }

  /** Resolves when nothing is under way, or after `limitMs`. */
  async empty(limitMs: number): Promise<void> {
    if (this.all.size === 0 || limitMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(limitMs) ? setTimeout(resolve, limitMs) : undefined;
      this.watchers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
