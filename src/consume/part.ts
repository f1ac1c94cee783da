import type { RedeemVerdict, Word } from '../contract/verdicts';
import { Run } from '../run/run';
import type { Owned } from '../settle/settlement';
import { writeToken } from '../word/token';
import { itemOf } from './item';
import type { Room } from './room';
import { timeLeft } from './terms';

/** A delivery's part in a run, with its lease kept until it is settled. */
export class Part {
  private run: Run | undefined;
  private early: Word | undefined;
  readonly leave: () => void;

  constructor(
    private readonly owned: Owned,
    private readonly room: Room,
  ) {
    const { task, lease } = owned;
    this.leave = room.leases.keep(task, lease, {
      hear: (word) => {
        if (this.run) this.run.hear(word);
        else this.early ??= word;
      },
      lost: () => room.tell('lease_lost', lease),
    });
  }

  enter(redeemed: Extract<RedeemVerdict, { kind: 'redeemed' }>): Run {
    const { room } = this;
    const { task, lease, tries } = this.owned;
    const delivery = writeToken(room.scope, lease, task.fingerprint);
    const told = { delivery, queue: room.queue, attempt: tries.attempt };
    const item = itemOf(redeemed, told, task.delivery);
    const run = new Run(item, timeLeft(task, room.settings), room.settings.runLimitMs);
    this.run = run;
    if (this.early) {
      run.hear(this.early);
      run.free();
    } else {
      room.batch.add(run);
    }
    return run;
  }
}
