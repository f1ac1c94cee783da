import type { FaultName } from './faults';
import { RUN_LIMIT_SECONDS } from './limits';
import type { Seen } from './record';

/**
 * What a fault may do to a task that was in hand: nothing; run it a second time because nobody could know whether its run had ended
 * (`in_flight`), or because its run had to wait for Redis until the run limit (`overdue`); or run even a finished one again because
 * Redis forgot it (`forgotten`).
 */
export type Doubles = 'nothing' | 'in_flight' | 'overdue' | 'forgotten';

/** One blow of a fault: several when faults come together. */
export interface Blow {
  /** As asked for; several blows may belong to one. */
  readonly fault: FaultName;
  readonly doubles: Doubles;
  /** ms since 1970: just before it struck. */
  readonly at: number;
  /** ms since 1970: when its strike had ended and all was whole again. */
  readonly until: number;
}

export interface Twice {
  readonly what: 'llm' | 'effect';
  readonly task: string;
  readonly at: number;
  readonly fence: number;
  /** The fence of the run that had done it before; a greater one when the older run acted later. */
  readonly before: number;
  /** What explains it; undefined when nothing does. */
  readonly because: Blow | undefined;
}

const RUN_LIMIT_MS = RUN_LIMIT_SECONDS * 1000;
/** Runs that may still have been alive when a fault struck began no longer before it than this, ms. */
const REACH_MS = 60_000;
/** A connection that went silent is noticed by calls within ten seconds, and by who only listens within twenty. */
const NOTICED_MS = 20_000;
/** Between writing a blow's time down and the blow. */
const SLACK_MS = 1000;

/** Of a fence, which is the time of its lease in microseconds (or one more than the last one): ms since 1970. */
export const leasedAt = (fence: number): number => fence / 1000;

/** Everything that was done to the world a second time, each tied to the blow that explains it by time and fence. */
export function judge(seen: readonly Seen[], blows: readonly Blow[]): Twice[] {
  const told = new Map<string, number>();
  for (const one of seen) {
    if (one.what === 'told' && !told.has(one.task)) told.set(one.task, one.at);
  }
  const before = new Map<string, Seen>();
  const twice: Twice[] = [];
  for (const one of seen) {
    if (one.what === 'told') continue;
    const name = `${one.what} ${one.task}`;
    const earlier = before.get(name);
    if (earlier) {
      const because = blows.find((blow) => explains(blow, earlier, one, told.get(one.task)));
      const { what, task, at, fence } = one;
      twice.push({ what, task, at, fence, before: earlier.fence, because });
    }
    // A call that its task needed another one after is no call too many.
    if (one.final) before.set(name, one);
  }
  return twice;
}

/**
 * A blow explains a second run when one had its lease before the blow, and the other got its own after it; the older one may be the
 * one that acts later. The same fence twice is n8n, which gives the execution of a killed worker to another one, or a batch that
 * failed as a whole and runs again, each alone. A lease that was given after a Complete is explained by nothing but a Redis that
 * forgot it.
 */
function explains(blow: Blow, earlier: Seen, later: Seen, told = Infinity): boolean {
  const [first, second] = later.fence < earlier.fence ? [later, earlier] : [earlier, later];
  const again = second.fence === first.fence;
  const began = again ? second.at : leasedAt(second.fence);
  const lasts = blow.doubles === 'overdue' ? blow.until + NOTICED_MS : blow.at + SLACK_MS;
  if (began < blow.at || leasedAt(first.fence) > lasts) return false;
  switch (blow.doubles) {
    case 'nothing':
      return false;
    case 'forgotten':
      return true;
    case 'in_flight':
      return (
        leasedAt(first.fence) >= blow.at - REACH_MS && told >= (again ? blow.at - SLACK_MS : began)
      );
    case 'overdue':
      return (
        leasedAt(first.fence) >= blow.at - RUN_LIMIT_MS &&
        began - leasedAt(first.fence) >= RUN_LIMIT_MS &&
        told >= began
      );
  }
}
