import { randomUUID } from 'node:crypto';

import { triesOf } from '../admit/admission';
import { wakeScript } from '../admit/wakeScript';
import type { Ack } from '../contract/message';
import { readWord } from '../contract/word';
import { readMembership } from '../contract/group';
import type { Reason, SettleVerdict, Task, Word } from '../contract/verdicts';
import type { Ends } from '../group/ends';
import { unpackTask } from '../settle/parked';
import type { Owned, Settlement } from '../settle/settlement';
import type { Store } from '../store/store';

export interface SpokenOptions {
  readonly store: Store;
  readonly scope: string;
  readonly leaseMs: number;
  readonly settlement: Settlement;
  readonly ends: Ends;
  decide(word: Word, owned: Owned): Parameters<Settlement['settle']>[1];
  settled(messageId: string, verdict: SettleVerdict): void;
  away(error: unknown): void;
}

/** Tasks looked at in one sweep. */
const MOST = 100;
/** Its copy is in the delay ladder. */
const NOT_IN_HAND: Ack = () => undefined;

/**
 * Settles parked tasks about which something was said. They stand in a set until nothing is left to do about them, so that a word
 * outlives a lost notification and a process that dies; it is swept when a word comes in, and as often as leases are renewed.
 */
export class Spoken {
  private readonly owner = randomUUID();
  private readonly timer: NodeJS.Timeout;
  private sweeping: Promise<void> | undefined;
  private again = false;

  constructor(private readonly options: SpokenOptions) {
    this.timer = setInterval(() => this.sweep(), options.leaseMs / 3).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  sweep(): void {
    if (this.sweeping) {
      this.again = true;
      return;
    }
    this.sweeping = this.sweepOnce()
      .catch((error: unknown) => this.options.away(error))
      .finally(() => {
        this.sweeping = undefined;
        if (!this.again) return;
        this.again = false;
        this.sweep();
      });
  }

  private async sweepOnce(): Promise<void> {
    const { store, scope } = this.options;
    const set = store.keys.spoken(scope);
    const found = await store.ask((client) => client.srandmember(set, MOST));
    await Promise.all(found.map((key) => this.settle(key)));
  }

  private async settle(key: string): Promise<void> {
    const { store, scope, leaseMs, ends } = this.options;
    const keys = [store.keys.task(scope, key), store.keys.spoken(scope)];
    for (let counted = 0; ;) {
      const answer = await store.run(wakeScript, keys, [leaseMs, this.owner, key, counted]);
      const [kind, envelope = '', ...rest] = answer as string[];
      if (kind === 'nothing' || kind === 'busy') return;
      if (kind === 'count') {
        const child = readMembership(envelope);
        if (child) await ends.countTask(child, { scope, key });
        counted = 1;
        continue;
      }
      const task = unpackTask(envelope, performance.now());
      const verdict = await this.letGo(task, kind, rest);
      if (verdict) this.options.settled(task.messageId, verdict);
    }
  }

  private async letGo(
    task: Task,
    kind: string | undefined,
    answer: readonly string[],
  ): Promise<SettleVerdict | undefined> {
    const { settlement, decide } = this.options;
    const [first = '', second = '', third = ''] = answer;
    switch (kind) {
      case 'unsent': {
        const { attempt, throttles } = triesOf(answer, 2);
        const copy = { id: first, delayMs: Number(second), attempt, throttles };
        return await settlement.unsent(task, copy, NOT_IN_HAND);
      }
      case 'unburied': {
        const burial = { deadId: first, reason: second as Reason, failure: third };
        return await settlement.unburied(task, burial, NOT_IN_HAND);
      }
      default: {
        const owned = {
          task,
          lease: { key: task.key, fence: Number(first) },
          tries: triesOf(answer, 3),
        };
        const decision = decide(readWord(second, third), owned);
        return await settlement.settle(owned, decision, NOT_IN_HAND);
      }
    }
  }
}
