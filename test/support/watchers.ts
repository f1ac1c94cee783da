/** How long a wait may take before it is a failure of the test, in ms. */
const PATIENCE_MS = 30_000;

interface Watcher {
  check: () => boolean;
  settle: (error?: Error) => void;
}

/**
 * Waiting for a state without polling: whoever changes the state says `changed()`, and every wait
 * whose predicate now holds ends. A wait that never holds fails with `describe()`, so that a red
 * test says what it saw instead of only that time ran out.
 */
export class Watchers {
  private readonly open = new Set<Watcher>();

  constructor(private readonly describe: () => string) {}

  until(check: () => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
    if (check()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const fail = () => settle(new Error(`Waited ${timeoutMs} ms in vain: ${this.describe()}`));
      const timer = setTimeout(fail, timeoutMs);
      const settle = (error?: Error) => {
        clearTimeout(timer);
        this.open.delete(watcher);
        if (error) reject(error);
        else resolve();
      };
      const watcher = { check, settle };
      this.open.add(watcher);
    });
  }

  changed(): void {
    for (const watcher of this.open) {
      try {
        if (watcher.check()) watcher.settle();
      } catch (error) {
        watcher.settle(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** Ends every wait: nothing will change any more. */
  stop(): void {
    for (const watcher of this.open) {
      watcher.settle(new Error(`Stopped while waiting: ${this.describe()}`));
    }
  }
}
