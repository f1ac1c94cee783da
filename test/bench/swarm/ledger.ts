import type { News } from './asks';
import type { MemberProcess } from './member';

interface Effect {
  readonly from: MemberProcess;
  /** Its join was acked by the process it happened in, before that one was killed. */
  settled: boolean;
  killed: boolean;
}

/** What happened to groups, as the processes told it. */
export class Ledger {
  /** Group by master. */
  readonly groups = new Map<string, string>();
  /** Successes in the join's counts, by group. */
  readonly done = new Map<string, number>();
  private readonly effects = new Map<string, Effect[]>();
  private watchers: (() => void)[] = [];

  hear(news: News, from: MemberProcess): void {
    switch (news.kind) {
      case 'fanned_out':
        this.groups.set(news.master, news.group);
        break;
      case 'joined':
        this.groups.set(news.master, news.group);
        this.done.set(news.group, news.done);
        this.effects.set(news.group, [
          ...(this.effects.get(news.group) ?? []),
          { from, settled: false, killed: false },
        ]);
        break;
      case 'settled':
        for (const effect of this.effects.get(news.group) ?? []) {
          if (effect.from === from && !effect.killed) effect.settled = true;
        }
        break;
      case 'ready':
        return;
    }
    const now = this.watchers;
    this.watchers = [];
    for (const watcher of now) watcher();
  }

  /** What it had begun and not settled may happen again. */
  killed(process: MemberProcess): void {
    for (const effect of [...this.effects.values()].flat()) {
      if (effect.from === process && !effect.settled) effect.killed = true;
    }
  }

  /** Effects of a group's join without a kill in them. */
  joins(group: string): number {
    return (this.effects.get(group) ?? []).filter(({ killed }) => !killed).length;
  }

  get joined(): number {
    return [...this.groups.values()].filter((group) => this.joins(group) > 0).length;
  }

  /** Resolves when it is so, or after so many ms. @returns whether it is so */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const late = Date.now() + limitMs;
    while (!isSo() && Date.now() < late) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.watchers.push(resolve);
        timer = setTimeout(resolve, late - Date.now());
      });
      clearTimeout(timer);
    }
    return isSo();
  }
}
