import type { GroupReport } from '../group/get';
import { attemptsOf, type Attempt } from '../contract/history';

/** One thing that happened to a task. */
export interface StoryEvent {
  /** ISO time; absent where it is not known. */
  readonly at?: string | undefined;
  readonly event:
    | 'dispatched'
    /** A run began with it; only the first and the last are known. */
    | 'delivered'
    /** A run failed, and counts. */
    | 'failed'
    /** It was put off, or its process vanished, and no attempt was counted. */
    | 'put_off'
    | 'fanned_out'
    | 'done'
    | 'dead'
    | 'canceled';
  /** Number of the run that began, counted by attempts. */
  readonly attempt?: number | undefined;
  readonly error?: string | undefined;
  /** Of n8n, where it is known. */
  readonly execution?: string | undefined;
  /** When it comes, or came, back. */
  readonly due?: string | undefined;
  readonly group?: GroupReport | undefined;
  readonly reason?: string | undefined;
}

/** @param found the task hash */
export function storyOf(
  found: Readonly<Record<string, string>>,
  groups: readonly GroupReport[],
): StoryEvent[] {
  const { state, sent, first, began, ended, history, reason, why, next, attempts = '0' } = found;
  const tried = attemptsOf(history).map(putOff);
  if (began !== undefined) {
    // What was put off last is of the last run, when the task was put off since that began. The clocks of hosts differ: never by time.
    const last = next === undefined ? undefined : tried.at(-1);
    const failed = Number(attempts) - (last?.event === 'failed' ? 1 : 0);
    const again = { at: time(began), event: 'delivered', attempt: failed + 1 } as const;
    tried.splice(last ? -1 : tried.length, 0, again);
  }
  const told: StoryEvent[] = [
    ...(sent ? [{ at: time(sent), event: 'dispatched' } as const] : []),
    ...(first ? [{ at: time(first), event: 'delivered', attempt: 1 } as const] : []),
    ...tried,
    ...groups.map((group) => ({ event: 'fanned_out', group }) as const),
  ];
  if (ended === undefined) return told;
  const at = time(ended);
  if (state === 'done' || state === 'canceled') told.push({ at, event: state });
  if (state === 'dead') told.push({ at, event: state, reason, error: why });
  return told;
}

function putOff({ at, error, delay_ms: delay, counts, execution }: Attempt): StoryEvent {
  const due = delay === undefined ? undefined : time(String(Date.parse(at) + delay));
  return { at, event: counts ? 'failed' : 'put_off', error, execution, due };
}

function time(ms: string | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(Number(ms)).toISOString();
}
