/** Which steps of the delay ladder stand for certain on the broker that is consumed from. */
export class Ladder {
  private top = -1;

  /** @param lay declares the ladder up to a step */
  constructor(private readonly lay: (top: number) => Promise<void>) {}

  /** It was declared, together with other things. */
  stands(top: number): void {
    this.top = top;
  }

  /** @param again also when it stood before: something on the broker is missing */
  async reach(level: number, again: boolean): Promise<void> {
    if (level <= this.top && !again) return;
    const top = Math.max(level, this.top);
    await this.lay(top);
    this.top = top;
  }
}
