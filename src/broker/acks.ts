/** Sends a frame. `upTo`: it also lets go of every earlier delivery of the channel that is still unacked. */
type Send = (tag: number, upTo: boolean) => void;

/**
 * Acks of one channel. What is let go of in one turn goes out together: all that is below the first delivery still in hand by one
 * frame, the others one by one. The client makes a packet of each frame, the most costly part of an ack on both sides (measured).
 */
export class Acks {
  /** In hand; a set keeps the order in which they came, which is that of their tags. */
  private readonly inHand = new Set<number>();
  private letGo: number[] = [];

  constructor(private readonly send: Send) {}

  came(tag: number): void {
    this.inHand.add(tag);
  }

  /** Bears being called twice: a second frame would be a 406 that closes the channel. */
  ack(tag: number): void {
    if (!this.inHand.delete(tag)) return;
    if (this.letGo.push(tag) === 1) process.nextTick(() => this.flush());
  }

  /** Forgets what is in hand, in the order in which it came. */
  drop(): number[] {
    const tags = [...this.inHand];
    this.inHand.clear();
    return tags;
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const [lowest = Infinity] = this.inHand;
    const below = this.letGo.filter((tag) => tag < lowest);
    for (const tag of this.letGo) if (tag > lowest) this.send(tag, false);
    if (below.length > 0) this.send(Math.max(...below), below.length > 1);
    this.letGo = [];
  }
}
