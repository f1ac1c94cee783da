/** Says which lane the next task is taken from. Lanes are numbered from 0. */
export interface WhoseTurn {
  readonly lanes: number;
  /** The lane to take the next task from; undefined when none has work. */
  next(hasWork: (lane: number) => boolean): number | undefined;
  /** A task was taken. @param cost above 0, divided by the weight of whom it is for */
  charge(lane: number, cost: number): void;
  /** It has no work: nothing is saved up for later. */
  emptied(lane: number): void;
}

/**
 * Whose turn it is among lanes, so that each that has work gets the same cost through, whatever single tasks cost and however many there
 * are (surplus round robin, a deficit round robin for costs that are known only once a task was taken: a lane goes on until it
 * overdrew its balance, and pays the surplus back in the next rounds). What a lane does not use is the others' at once.
 *
 * A round adds one quantum to every lane that has work: enough for one of them to go on.
 */
export class Rounds implements WhoseTurn {
  private readonly balances: number[];
  private current = 0;

  /** @param quantum cost of a usual task, above 0 */
  constructor(
    readonly lanes: number,
    private readonly quantum: number,
  ) {
    this.balances = Array.from({ length: lanes }, () => 0);
  }

  next(hasWork: (lane: number) => boolean): number | undefined {
    const ready = this.balances.map((_balance, lane) => lane).filter(hasWork);
    if (ready.length === 0) return undefined;
    const highest = Math.max(...ready.map((lane) => this.balance(lane)));
    if (highest <= 0) {
      for (const lane of ready) this.balances[lane] = this.balance(lane) - highest + this.quantum;
    }
    const length = this.balances.length;
    for (let step = 0; step < length; step += 1) {
      const lane = (this.current + step) % length;
      if (!hasWork(lane) || this.balance(lane) <= 0) continue;
      this.current = lane;
      return lane;
    }
    return undefined;
  }

  charge(lane: number, cost: number): void {
    this.balances[lane] = this.balance(lane) - cost;
    if (this.balance(lane) <= 0) this.current = (lane + 1) % this.balances.length;
  }

  emptied(lane: number): void {
    this.balances[lane] = Math.min(0, this.balance(lane));
  }

  private balance(lane: number): number {
    return this.balances[lane] ?? 0;
  }
}
