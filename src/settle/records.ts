import type { SwarmError } from '../contract/errors';
import { patiently } from '../contract/patience';
import type { Burial, Copy, Lease, Task, Word, WordKind } from '../contract/verdicts';
import { readWord } from '../contract/word';
import { Bulk } from '../store/bulk';
import type { Script } from '../store/script';
import type { ScriptArgument, Store } from '../store/store';
import { buriedScript, buryScript } from './buryScript';
import { finishScript } from './finishScript';
import { packTask } from './parked';
import { putOffScript, sentScript } from './putOffScript';

export interface RecordsOptions {
  readonly store: Store;
  readonly scope: string;
  readonly rememberMs: number;
  away(error: SwarmError): void;
}

/** What a script answers that ends a task, or puts it off. */
export type Recorded =
  | 'recorded'
  | 'done'
  | 'canceled'
  | 'overtaken'
  /** The run said something that was not heard yet: that decides. */
  | 'said';

export type Finished = 'recorded' | 'other' | 'said' | 'spoken';

/** The word that is being settled; '' for the end of a run. */
export type By = WordKind | '';

export interface PuttingOff {
  readonly to: 'retrying' | 'waiting';
  readonly copy: Copy;
  /** Entry of the task's history. */
  readonly entry: string;
}

interface Finish {
  readonly task: Task;
  readonly lease: Lease;
  readonly by: By;
}

/** How long a late success waits for a store that is away, ms. */
const LATE_LIMIT_MS = 60_000;

/** The ends of tasks in the store. Waits without end while it is away; every script bears being called again. */
export class Records {
  private readonly finishes = new Bulk<Finish, string>((entries) => this.finishAll(entries));

  constructor(private readonly options: RecordsOptions) {}

  /** `other`: the key belongs to other work by now; `spoken`: what the run said was settled by somebody else. */
  async finish(task: Task, lease: Lease, by: By): Promise<Finished> {
    const answer = await this.wait(() => this.finishes.call({ task, lease, by }));
    return answer === 'done' || answer === 'already' ? 'recorded' : (answer as Finished);
  }

  /** For a run that was given up, and that said nothing: worth a try, not a wait without end. */
  async finishLate(task: Task, lease: Lease): Promise<void> {
    const signal = AbortSignal.timeout(LATE_LIMIT_MS);
    const finish = { task, lease, by: '' } as const;
    await patiently(() => this.finishes.call(finish), { signal, refused: 'wait' }).catch(
      () => undefined,
    );
  }

  async putOff(
    task: Task,
    lease: Lease,
    { to, copy, entry }: PuttingOff,
    by: By,
  ): Promise<Recorded> {
    const answer = await this.run(putOffScript, task, [
      String(lease.fence),
      to,
      task.messageId,
      copy.id,
      copy.delayMs,
      copy.attempt - 1,
      copy.throttles,
      task.fingerprint,
      this.options.rememberMs,
      entry,
      to === 'waiting' ? packTask(task) : '',
      by,
    ]);
    return answer === 'put_off' ? 'recorded' : (answer as Recorded);
  }

  async sent(task: Task, copy: Copy): Promise<void> {
    await this.run(sentScript, task, [copy.id]);
  }

  async bury(task: Task, lease: Lease, burial: Burial, by: By): Promise<Recorded> {
    const answer = await this.run(buryScript, task, [
      String(lease.fence),
      burial.deadId,
      burial.reason,
      burial.failure,
      task.messageId,
      task.fingerprint,
      this.options.rememberMs,
      by,
    ]);
    return answer === 'dead' ? 'recorded' : (answer as Recorded);
  }

  async buried(task: Task, burial: Burial): Promise<void> {
    await this.run(buriedScript, task, [burial.deadId]);
  }

  /** What the run said and nobody settled yet; undefined when nothing stands. */
  async standingWord(task: Task): Promise<Word | undefined> {
    const { store } = this.options;
    const key = this.keyOf(task);
    const [word, said] = await this.wait(() =>
      store.ask((client) => client.hmget(key, 'word', 'said')),
    );
    return word ? readWord(word, said ?? '') : undefined;
  }

  /** Earlier tries of a task, as the failure context takes them. */
  async history(task: Task): Promise<string> {
    const { store } = this.options;
    const key = this.keyOf(task);
    return (await this.wait(() => store.ask((client) => client.hget(key, 'history')))) ?? '';
  }

  private async finishAll(entries: readonly Finish[]): Promise<string[]> {
    const { store, rememberMs } = this.options;
    return (await store.run(
      finishScript,
      entries.map(({ task }) => this.keyOf(task)),
      [
        rememberMs,
        ...entries.flatMap(({ lease, task, by }) => [String(lease.fence), task.fingerprint, by]),
      ],
    )) as string[];
  }

  private async run(script: Script, task: Task, args: readonly ScriptArgument[]): Promise<unknown> {
    const { store } = this.options;
    return await this.wait(() => store.run(script, [this.keyOf(task)], args));
  }

  private keyOf(task: Task): string {
    return this.options.store.keys.task(this.options.scope, task.key);
  }

  private async wait<T>(act: () => Promise<T>): Promise<T> {
    return await patiently(act, { refused: 'wait', onAway: (error) => this.options.away(error) });
  }
}
