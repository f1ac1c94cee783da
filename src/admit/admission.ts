import { randomUUID } from 'node:crypto';

import { writeMembership } from '../contract/group';
import type { ConsumerSettings } from '../contract/settings';
import type { AdmitVerdict, Lease, Reason, Task, TaskState, Tries } from '../contract/verdicts';
import { readWord } from '../contract/word';
import { Bulk } from '../store/bulk';
import type { Store } from '../store/store';
import { admitScript } from './admitScript';
import { releaseScript } from './releaseScript';

export interface LeaseTerms {
  readonly leaseMs: number;
  readonly rememberMs: number;
  readonly maxCrashes: number;
}

/** Time beyond its due time after which a copy that never came back is taken for lost, such as in a purged queue, ms. */
const GRACE_MS = 5 * 60_000;

/** Decides who works on a task. Deliveries that come together are admitted by one script. */
export class Admission {
  /** Names this process's arrivals apart from those of every other. */
  readonly owner = randomUUID();
  private readonly bulk = new Bulk<Task, AdmitVerdict>((tasks) => this.send(tasks));

  constructor(
    private readonly store: Store,
    private readonly scope: string,
    private readonly terms: LeaseTerms,
  ) {}

  /**
   * Safe to repeat for the same delivery.
   *
   * @throws UnavailableError while the store is away
   */
  async admit(task: Task): Promise<AdmitVerdict> {
    return await this.bulk.call(task);
  }

  /** What the store calls the holder of this task's lease. */
  ownerOf(task: Task): string {
    return `${this.owner}:${arrivalOf(task)}`;
  }

  /** For a lease that no run began under. */
  async release(lease: Lease): Promise<void> {
    await this.store.run(
      releaseScript,
      [this.store.keys.task(this.scope, lease.key)],
      [String(lease.fence)],
    );
  }

  private async send(tasks: readonly Task[]): Promise<AdmitVerdict[]> {
    const { leaseMs, rememberMs, maxCrashes } = this.terms;
    const answers = (await this.store.run(
      admitScript,
      tasks.map(({ key }) => this.store.keys.task(this.scope, key)),
      [
        leaseMs,
        rememberMs,
        maxCrashes,
        GRACE_MS,
        `${this.owner}:`,
        ...tasks.flatMap((task) => [
          task.messageId,
          task.seenBefore ? 1 : 0,
          task.fingerprint,
          arrivalOf(task),
          task.replays ?? '',
          task.child ? writeMembership(task.child) : '',
          task.sentAt === undefined ? '' : Math.round(task.sentAt),
        ]),
      ],
    )) as string[][];
    return tasks.map(({ key }, index) => verdictOf(key, answers[index] ?? []));
  }
}

/** No other delivery of this process has the same tag, and each keeps its own for as long as it is in hand. */
function arrivalOf({ delivery: { tag } }: Task): string {
  return `${tag.epoch}.${tag.number}`;
}

function verdictOf(key: string, answer: string[]): AdmitVerdict {
  const [kind, first = '', second = '', third = ''] = answer;
  const lease = { key, fence: Number(first) };
  switch (kind) {
    case 'admitted':
    case 'crash_loop':
      return { kind, lease, crashes: Number(second), tries: triesOf(answer, 3) };
    case 'busy':
      return { kind, askAgainMs: Number(first) };
    case 'duplicate':
      return { kind, state: first as TaskState };
    case 'said':
      return { kind, lease, word: readWord(second, third), tries: triesOf(answer, 4) };
    case 'unsent': {
      const { attempt, throttles } = triesOf(answer, 3);
      return { kind, copy: { id: first, delayMs: Number(second), attempt, throttles } };
    }
    case 'wait_over':
      return { kind, lease, tries: triesOf(answer, 2) };
    case 'conflict':
      return { kind: 'key_conflict', state: first as TaskState, fingerprint: second };
    case 'unburied':
      return { kind, burial: { deadId: first, reason: second as Reason, failure: third } };
    default:
      throw new Error(`the store answered an unknown verdict: ${String(kind)}`);
  }
}

/** Tries as scripts answer them: attempt, throttles, age ms. */
export function triesOf(answer: readonly string[], at: number): Tries {
  const [attempt, throttles, ageMs] = answer.slice(at).map(Number);
  return { attempt: attempt ?? 1, throttles: throttles ?? 0, ageMs: ageMs ?? 0 };
}

export function leaseTerms(settings: ConsumerSettings): LeaseTerms {
  const { leaseMs, rememberMs, maxCrashes } = settings;
  return { leaseMs, rememberMs, maxCrashes };
}
