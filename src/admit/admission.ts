import { randomUUID } from 'node:crypto';

import type { ConsumerSettings } from '../contract/settings';
import type { AdmitVerdict, Lease, Reason, Task, TaskState } from '../contract/verdicts';
import { Bulk } from '../store/bulk';
import type { Store } from '../store/store';
import { admitScript } from './admitScript';
import { releaseScript } from './releaseScript';

export interface LeaseTerms {
  readonly leaseMs: number;
  readonly rememberMs: number;
  readonly maxCrashes: number;
}

interface Arrival {
  readonly task: Task;
  readonly number: number;
}

/** Decides who works on a task. Deliveries that come together are admitted by one script. */
export class Admission {
  /** Names this process's arrivals apart from those of every other. */
  readonly owner = randomUUID();
  private readonly numbers = new WeakMap<Task, number>();
  private arrivals = 0;
  private readonly bulk = new Bulk<Arrival, AdmitVerdict>((entries) => this.send(entries));

  constructor(
    private readonly store: Store,
    private readonly scope: string,
    private readonly terms: LeaseTerms,
  ) {}

  /**
   * Safe to repeat for the same task object.
   *
   * @throws UnavailableError while the store is away
   */
  async admit(task: Task): Promise<AdmitVerdict> {
    return await this.bulk.call({ task, number: this.numberOf(task) });
  }

  /** What the store calls the holder of this task's lease. */
  ownerOf(task: Task): string {
    return `${this.owner}:${this.numberOf(task)}`;
  }

  /** For a lease that no run began under. */
  async release(lease: Lease): Promise<void> {
    await this.store.run(
      releaseScript,
      [this.store.keys.task(this.scope, lease.key)],
      [String(lease.fence)],
    );
  }

  private numberOf(task: Task): number {
    const known = this.numbers.get(task);
    if (known !== undefined) return known;
    const number = ++this.arrivals;
    this.numbers.set(task, number);
    return number;
  }

  private async send(entries: readonly Arrival[]): Promise<AdmitVerdict[]> {
    const { leaseMs, rememberMs, maxCrashes } = this.terms;
    const answers = (await this.store.run(
      admitScript,
      entries.map(({ task }) => this.store.keys.task(this.scope, task.key)),
      [
        leaseMs,
        rememberMs,
        maxCrashes,
        `${this.owner}:`,
        ...entries.flatMap(({ task, number }) => [
          task.delivery.properties.messageId ?? '',
          task.delivery.redelivered ? 1 : 0,
          task.fingerprint,
          number,
        ]),
      ],
    )) as string[][];
    return entries.map(({ task }, index) => verdictOf(task.key, answers[index] ?? []));
  }
}

function verdictOf(key: string, answer: string[]): AdmitVerdict {
  const [kind, first = '', second = '', third = ''] = answer;
  switch (kind) {
    case 'admitted':
      return {
        kind,
        lease: { key, fence: Number(first) },
        attempt: Number(second),
        crashes: Number(third),
      };
    case 'busy':
      return { kind, askAgainMs: Number(first) };
    case 'duplicate':
      return { kind, state: first as TaskState };
    case 'completed':
      return { kind, lease: { key, fence: Number(first) } };
    case 'crash_loop':
      return { kind, lease: { key, fence: Number(first) }, crashes: Number(second) };
    case 'conflict':
      return { kind: 'key_conflict', state: first as TaskState, fingerprint: second };
    case 'unburied':
      return { kind, burial: { deadId: first, reason: second as Reason, failure: third } };
    default:
      throw new Error(`the store answered an unknown verdict: ${String(kind)}`);
  }
}

export function leaseTerms(settings: ConsumerSettings): LeaseTerms {
  const { leaseMs, rememberMs, maxCrashes } = settings;
  return { leaseMs, rememberMs, maxCrashes };
}
