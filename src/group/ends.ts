import type { ChildEnd, Membership } from '../contract/group';
import { patiently, type Patience } from '../contract/patience';
import type { Json } from '../contract/reference';
import type { TaskName } from '../contract/verdicts';
import type { Store } from '../store/store';
import { GROUP_LIFE_MS } from './closing';
import { endScript } from './endScript';
import { lookScript } from './joinScripts';

/** How a child ended, as its group keeps it. */
export interface Ended {
  readonly end: ChildEnd;
  /** Why it did not succeed, in one word, such as the reason of its dead letter. */
  readonly reason?: string | undefined;
  /** The same for a person. */
  readonly message?: string | undefined;
}

/** Characters of a failure that a group keeps. */
const LONGEST_MESSAGE = 200;

/**
 * Counts the ends of children in their groups. A group lies elsewhere in the store than its tasks: first a task's end is recorded, then it
 * is counted here, then its delivery is let go. Each step bears being done again.
 */
export class Ends {
  constructor(
    private readonly store: Store,
    private readonly patience: Patience = {},
  ) {}

  /**
   * Counts what is recorded of a task; nothing while it has no end, nor when it fanned out itself and its join will end for it.
   */
  async countTask(
    child: Membership,
    { scope, key: name }: TaskName,
    message?: string,
  ): Promise<void> {
    const { store } = this;
    const key = store.keys.task(scope, name);
    const [state, reason, said, delegate] = await this.wait(() =>
      store.ask((client) => client.hmget(key, 'state', 'reason', 'result', 'delegate')),
    );
    if (state === 'done') {
      if (delegate == null) await this.count(child, { end: state }, resultOf(said));
      return;
    }
    if (state !== 'dead' && state !== 'canceled') return;
    await this.count(child, { end: state, reason: reason ?? undefined, message });
  }

  async count(child: Membership, ended: Ended, result?: Json): Promise<void> {
    const { store } = this;
    const { group, index } = child;
    const { end, reason, message } = ended;
    const told = { end, reason, message: message?.slice(0, LONGEST_MESSAGE) };
    const failure = end === 'done' ? '' : JSON.stringify({ index, ...told });
    const [, scope = ''] = (await this.wait(() =>
      store.run(endScript, store.keys.group(group), [
        index,
        end,
        JSON.stringify(told),
        failure,
        result === undefined ? '' : JSON.stringify(result),
      ]),
    )) as string[];
    if (scope === '') return;
    await this.wait(() =>
      store.run(
        lookScript,
        [store.keys.joins(scope)],
        [group, 0, 0, GROUP_LIFE_MS, store.keys.joinsDue(scope)],
      ),
    );
  }

  /**
   * Whether the rest of the group is not wanted any more.
   *
   * @throws ClosedError when the signal aborts first
   */
  async isStopped({ group }: Membership, signal: AbortSignal): Promise<boolean> {
    const { store } = this;
    const [base = ''] = store.keys.group(group);
    const [state, stop] = await this.wait(
      () => store.ask((client) => client.hmget(base, 'state', 'stop')),
      signal,
    );
    return state === 'closed' && stop === '1';
  }

  private async wait<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return await patiently(act, { ...this.patience, ...(signal && { signal }) });
  }
}

/** What a Complete brought; undefined for nothing. @param said JSON, as a task's state keeps it */
export function resultOf(said: string | null | undefined): Json | undefined {
  if (!said) return undefined;
  return (JSON.parse(said) as { result?: Json }).result;
}
