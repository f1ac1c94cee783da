import type { WhoseTurn } from './rounds';

/** Urgent tasks for each other one, while both wait: so do quorum queues of RabbitMQ 4.0, and nothing starves. */
const URGENT_IN_TURN = 2;

/** Two classes of lanes, first those of usual tasks, then as many of urgent ones. Inside a class it is their own turn. */
export class UrgentFirst implements WhoseTurn {
  readonly lanes: number;
  private inTurn = 0;

  constructor(
    private readonly usual: WhoseTurn,
    private readonly urgent: WhoseTurn,
  ) {
    this.lanes = usual.lanes + urgent.lanes;
  }

  next(hasWork: (lane: number) => boolean): number | undefined {
    const { lanes: first } = this.usual;
    const usual = this.usual.next(hasWork);
    const urgent = this.urgent.next((lane) => hasWork(lane + first));
    if (urgent === undefined) return usual;
    return usual !== undefined && this.inTurn >= URGENT_IN_TURN ? usual : urgent + first;
  }

  charge(lane: number, cost: number): void {
    const [rounds, own] = this.of(lane);
    this.inTurn = rounds === this.urgent ? this.inTurn + 1 : 0;
    rounds.charge(own, cost);
  }

  emptied(lane: number): void {
    const [rounds, own] = this.of(lane);
    rounds.emptied(own);
  }

  private of(lane: number): [WhoseTurn, number] {
    const { lanes: first } = this.usual;
    return lane < first ? [this.usual, lane] : [this.urgent, lane - first];
  }
}
