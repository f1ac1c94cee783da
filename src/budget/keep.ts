import type { Budgets } from './budgets';
import type { Reservation } from './reservation';

/** Three times within a lease of the usual length, ms. */
const EVERY_MS = 10_000;
/** Leases extended by one script; it blocks the store while it runs, so it stays short. */
const MOST_AT_ONCE = 100;

/** Keeps the reservations of calls under way in this process; their leases are 20 s or longer. */
export class Holding {
  private readonly held = new Map<string, Reservation>();
  private timer: NodeJS.Timeout | undefined;
  private extending: Promise<void> | undefined;

  constructor(
    private readonly budgets: Pick<Budgets, 'extend'>,
    private readonly away: (error: Error) => void,
    private readonly everyMs = EVERY_MS,
  ) {}

  /** Extends its lease until the returned function is called. */
  keep(reservation: Reservation): () => void {
    const name = `${reservation.budget}\n${reservation.id}`;
    this.held.set(name, reservation);
    this.timer ??= setInterval(() => void this.extend(), this.everyMs).unref();
    return () => {
      this.held.delete(name);
      if (this.held.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** A slow store must not pile them up: while one is under way there is no other. */
  async extend(): Promise<void> {
    this.extending ??= this.extendAll().finally(() => (this.extending = undefined));
    await this.extending;
  }

  private async extendAll(): Promise<void> {
    const byBudget = new Map<string, Reservation[]>();
    for (const one of this.held.values()) {
      const same = byBudget.get(one.budget) ?? [];
      same.push(one);
      byBudget.set(one.budget, same);
    }
    try {
      for (const [budget, all] of byBudget) {
        for (let start = 0; start < all.length; start += MOST_AT_ONCE) {
          await this.budgets.extend(budget, all.slice(start, start + MOST_AT_ONCE));
        }
      }
    } catch (error) {
      this.away(error as Error);
    }
  }
}
