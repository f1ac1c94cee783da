import { sha256 } from '../contract/identity';
import { WIRE_VERSION } from '../contract/wire';

/** Longest part of a key that comes from outside, in characters; longer ones are named by their hash. */
const LONGEST_PART = 200;

/**
 * Names of keys: `<prefix>:<version>:{<scope>}:<what>:<name>`. The scope is the hash tag, so that one script can change several
 * tasks of a queue on a Redis Cluster.
 */
export class Keys {
  constructor(readonly prefix: string) {}

  task(scope: string, key: string): string {
    return `${this.scoped(scope)}:task:${short(key)}`;
  }

  /** Hash of what was counted of the tasks of this scope. */
  counts(scope: string): string {
    return `${this.scoped(scope)}:counts`;
  }

  /** The same of a budget; its scripts make the name themselves. */
  budgetCounts(name: string): string {
    return `${this.budgetBase(name)}:counts`;
  }

  /** Pattern of the keys of all tasks. */
  anyTask(): string {
    return `${this.prefix.replace(/[\\*?[\]]/g, '\\$&')}:${WIRE_VERSION}:{*}:task:*`;
  }

  /** Channel on which words for tasks of this scope are told. */
  words(scope: string): string {
    return `${this.scoped(scope)}:words`;
  }

  /** Set of the parked tasks of this scope about which something was said. */
  spoken(scope: string): string {
    return `${this.scoped(scope)}:spoken`;
  }

  /** What a group is, its children, those not published yet, how each ended, and with what: the keys of every group script. */
  group(id: string): readonly string[] {
    const base = `${this.prefix}:${WIRE_VERSION}:{group|${short(id)}}:group`;
    return [base, `${base}:children`, `${base}:unsent`, `${base}:ends`, `${base}:results`];
  }

  /** Sorted set of the groups whose join goes to this scope, by when to look at them next (ms since 1970). */
  joins(scope: string): string {
    return `${this.scoped(scope)}:joins`;
  }

  /** Channel on which it is told that a join of this scope is due. */
  joinsDue(scope: string): string {
    return `${this.scoped(scope)}:joins-due`;
  }

  /** Hash of all scopes: which queue each belongs to. */
  scopes(): string {
    return `${this.prefix}:${WIRE_VERSION}:scopes`;
  }

  /** Hash of the names by which clusters are known. */
  clusters(): string {
    return `${this.prefix}:${WIRE_VERSION}:clusters`;
  }

  /** Hash of all scopes that have lanes: how many, at most. */
  lanes(): string {
    return `${this.prefix}:${WIRE_VERSION}:lanes`;
  }

  claim(id: string): string {
    return `${this.prefix}:${WIRE_VERSION}:{${id}}:claim`;
  }

  /** What a budget is, what was charged, when that leaves, what is due when, and who waits: the keys of every budget script. */
  budget(name: string): readonly string[] {
    const base = this.budgetBase(name);
    return [base, `${base}:book`, `${base}:leaves`, `${base}:due`, `${base}:line`];
  }

  /** Lengths of the answers of one kind of call. */
  learned(budget: string, kind: string): string {
    return `${this.budgetBase(budget)}:learned:${short(kind)}`;
  }

  /** Hash of the states that a monitor has seen begin. */
  alarms(monitor: string): string {
    return `${this.prefix}:${WIRE_VERSION}:{monitor|${short(monitor)}}:alarms`;
  }

  /** Set of the names of all budgets. */
  budgets(): string {
    return `${this.prefix}:${WIRE_VERSION}:budgets`;
  }

  private budgetBase(name: string): string {
    return `${this.prefix}:${WIRE_VERSION}:{budget|${short(name)}}:budget`;
  }

  private scoped(scope: string): string {
    return `${this.prefix}:${WIRE_VERSION}:{${short(scope)}}`;
  }
}

/** A closing brace in a queue's name would end the hash tag early. */
function short(part: string): string {
  const safe = part.replace(/[%{}]/g, (sign) => encodeURIComponent(sign));
  return safe.length > LONGEST_PART ? `sha256-${sha256(part)}` : safe;
}

/** Two vhosts with a queue of one name, or two clusters, must not share tasks through one Redis. */
export function scopeOf(cluster: string, vhost: string, queue: string): string {
  return [cluster, vhost, queue].map((part) => part.replaceAll('|', '%7C')).join('|');
}
