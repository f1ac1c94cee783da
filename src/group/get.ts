import { InputError } from '../contract/errors';
import { CHILD_ENDS, type ChildEnd, type ClosedBy, type GroupCounts } from '../contract/group';
import type { Json } from '../contract/reference';
import type { Store } from '../store/store';
import type { Closing } from './plan';

/** A group as it is now. Times are ISO. */
export interface GroupReport extends GroupCounts {
  readonly group_id: string;
  /** `unknown`: there was none, or it was forgotten; `opening`: it is being registered. */
  readonly state: 'unknown' | 'opening' | 'open' | 'closed';
  /** Why its join is due. */
  readonly closed_by?: ClosedBy | undefined;
  /** When its join was in its queue. */
  readonly joined?: string | undefined;
  /** Ended after the join was due; they are in none of the other counts. */
  readonly late: number;
  readonly deadline?: string | undefined;
  readonly closed?: string | undefined;
}

export interface ChildReport {
  readonly index: number;
  readonly task_id: string;
  /** For Task: Get and Cancel. */
  readonly key: string;
  readonly intent: string;
  readonly ref?: string | undefined;
  readonly state: 'open' | ChildEnd;
  /** It ended after the join was due. */
  readonly late?: true;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** What its Complete brought. */
  readonly result?: Json | undefined;
}

export async function getGroup(store: Store, id: string): Promise<GroupReport> {
  const [base = '', , , ends = ''] = store.keys.group(id);
  const [found, ended] = await store.ask((client) =>
    Promise.all([client.hgetall(base), client.hlen(ends)]),
  );
  const number = (name: string) => Number(found[name] ?? 0);
  const [done, dead, canceled, unpublished] = CHILD_ENDS.map(number) as [
    number,
    number,
    number,
    number,
  ];
  const closing = found.join === undefined ? undefined : (JSON.parse(found.join) as Closing);
  const total = number('total');
  return {
    group_id: id,
    state: (found.state ?? 'unknown') as GroupReport['state'],
    closed_by: closing?.closed_by,
    joined: time(found.sent),
    total,
    done,
    dead,
    canceled,
    unpublished: closing?.unpublished ?? unpublished,
    open: closing?.open ?? total - ended,
    late: number('late'),
    deadline: time(found.due),
    closed: time(found.closed),
  };
}

/**
 * Children in their order. @param from index of the first; @param most at most so many
 *
 * @throws InputError when there is no such group, or it was forgotten
 */
export async function getChildren(
  store: Store,
  id: string,
  from: number,
  most: number,
): Promise<ChildReport[]> {
  const [base = '', children = '', , ends = '', results = ''] = store.keys.group(id);
  const registered = await store.ask((client) => client.hget(base, 'total'));
  if (registered === null) throw unknown(id);
  const total = Number(registered);
  const length = Math.max(0, Math.min(most, total - from));
  if (length === 0) return [];
  const indexes = Array.from({ length }, (_, at) => String(from + at));
  const [told, ended, brought] = await store.ask((client) =>
    Promise.all([
      client.hmget(children, ...indexes),
      client.hmget(ends, ...indexes),
      client.hmget(results, ...indexes),
    ]),
  );
  return told.flatMap((child, at) => {
    if (child == null) return [];
    const { task_id, key, intent, ref } = JSON.parse(child) as Omit<ChildReport, 'index' | 'state'>;
    const result = brought[at];
    return {
      index: from + at,
      task_id,
      key,
      intent,
      ref,
      ...endOf(ended[at]),
      ...(result != null && { result: JSON.parse(result) as Json }),
    };
  });
}

function unknown(id: string): InputError {
  return new InputError(
    'Group ID',
    `"${id}" is unknown, or the group was forgotten`,
    'Give the group_id that Task: Fan Out gave out. A group is remembered for 24 hours after its join was sent.',
  );
}

/** What was told of a child that was late begins with an exclamation mark. */
function endOf(
  told: string | null | undefined,
): Pick<ChildReport, 'state' | 'late' | 'reason' | 'message'> {
  if (told == null) return { state: 'open' };
  const late = told.startsWith('!');
  const { end, reason, message } = JSON.parse(late ? told.slice(1) : told) as {
    end: ChildEnd;
    reason?: string;
    message?: string;
  };
  return { state: end, ...(late && { late }), reason, message };
}

function time(ms: string | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(Number(ms)).toISOString();
}
