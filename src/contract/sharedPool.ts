/** How long a pooled thing stays open after its last user, ms. */
const IDLE_MS = 60_000;

export interface SharedPoolOptions<Settings, Thing> {
  /** Equal names share one thing. */
  name(settings: Settings): string;
  open(settings: Settings): Promise<Thing>;
  close(thing: Thing): Promise<void>;
  readonly idleMs?: number;
}

interface Slot<Thing> {
  readonly opened: Promise<Thing>;
  users: number;
  idle?: NodeJS.Timeout;
}

/**
 * Things that many users share, such as connections: opened by the first, closed some time after the last. A failed open is
 * not kept. It does no I/O of its own.
 */
export class SharedPool<Settings, Thing> {
  private readonly slots = new Map<string, Slot<Thing>>();

  constructor(private readonly options: SharedPoolOptions<Settings, Thing>) {}

  get size(): number {
    return this.slots.size;
  }

  async use<T>(settings: Settings, act: (thing: Thing) => Promise<T>): Promise<T> {
    const { thing, release } = await this.take(settings);
    try {
      return await act(thing);
    } finally {
      release();
    }
  }

  /** For users that stay: call `release` once when done; calling it again does nothing. */
  async take(settings: Settings): Promise<{ thing: Thing; release: () => void }> {
    const name = this.options.name(settings);
    const slot = this.slots.get(name) ?? this.openSlot(name, settings);
    slot.users += 1;
    clearTimeout(slot.idle);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      slot.users -= 1;
      if (slot.users === 0) this.closeWhenIdle(name, slot);
    };
    try {
      return { thing: await slot.opened, release };
    } catch (error) {
      if (this.slots.get(name) === slot) this.slots.delete(name);
      throw error;
    }
  }

  /** Closes what nobody uses, without waiting for its time. */
  async closeIdle(): Promise<void> {
    const idle = [...this.slots].filter(([, slot]) => slot.users === 0);
    await Promise.all(
      idle.map(async ([name, slot]) => {
        clearTimeout(slot.idle);
        this.slots.delete(name);
        await this.options.close(await slot.opened);
      }),
    );
  }

  private openSlot(name: string, settings: Settings): Slot<Thing> {
    const slot: Slot<Thing> = { opened: this.options.open(settings), users: 0 };
    this.slots.set(name, slot);
    return slot;
  }

  private closeWhenIdle(name: string, slot: Slot<Thing>): void {
    // Unreferenced: an idle connection must not keep the process alive.
    slot.idle = setTimeout(() => {
      if (this.slots.get(name) === slot) this.slots.delete(name);
      void slot.opened.then((thing) => this.options.close(thing)).catch(() => undefined);
    }, this.options.idleMs ?? IDLE_MS).unref();
  }
}
