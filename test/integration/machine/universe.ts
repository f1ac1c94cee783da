import { randomUUID } from 'node:crypto';

import type { Cluster, Redis } from 'ioredis';

import { fingerprint } from '../../../src/contract/identity';
import type { DeliveryItem } from '../../../src/contract/run';
import { consumerSchema } from '../../../src/contract/settings';
import type { RunEnd } from '../../../src/contract/verdicts';
import type { Store } from '../../../src/store/store';
import { readToken, type LiveToken } from '../../../src/word/token';
import { BrokerModel, QUEUE, type Message } from './brokerModel';
import type { Hash } from './laws';
import { Ledger } from './ledger';
import { Owner, publishers } from './owner';
import type { RealStore } from './realStore';

/** How ids of letters begin whose message never became a task, such as one under another task's key. */
export const BURIALS_WITHOUT_TASK = 'dead-';
export const LEASE_MS = 30_000;
export const WAIT_LIMIT_MS = 3_600_000;

const settings = consumerSchema.parse({
  topology: { queue: QUEUE },
  leaseMs: LEASE_MS,
  maxCrashes: 2,
  retry: { attempts: 3, throttles: 2, throttledMs: 30 * 24 * 3_600_000 },
  waitLimitMs: WAIT_LIMIT_MS,
  // Held deliveries ask a second time, then go round.
  holdMs: 2000,
  // Longer than any case: what was forgotten may run again.
  rememberMs: 90 * 24 * 3_600_000,
});

/** What is asked of a task: two works under one key have different ones. */
export interface Work {
  readonly key: string;
  readonly version: number;
}

export interface ModelRun {
  readonly owner: Owner;
  readonly token: LiveToken;
  /** Undefined once it was called. */
  end: ((end: RunEnd) => void) | undefined;
  succeeded: boolean;
}

/** Everything there is: the broker, the processes, the runs, and a real store under a scope of its own. */
export class Universe {
  readonly broker = new BrokerModel();
  readonly owners: Owner[] = [];
  readonly runs: ModelRun[] = [];
  readonly published: Work[] = [];
  /** Keys of tasks about which somebody said something. */
  readonly spokenOf = new Set<string>();
  readonly ledger: Ledger;
  readonly scope = `machine-${randomUUID()}`;
  /** For what is said from elsewhere: it happens at once. */
  readonly store: Store;

  constructor(
    private readonly world: RealStore,
    owners: number,
  ) {
    this.ledger = new Ledger(world);
    this.store = this.ledger.observed();
    for (let slot = 0; slot < owners; slot += 1) this.hire(slot);
  }

  private get redis(): Redis | Cluster {
    return this.world.plain.redis;
  }

  owner(index: number): Owner {
    return this.owners[index % this.owners.length] as Owner;
  }

  publish(work: Work, messageId: string): void {
    this.published.push(work);
    this.broker.dispatch(bodyOf(work), messageId);
  }

  /** Passes notifications on to every process, or loses them. */
  async notify(arrive: boolean): Promise<void> {
    for (const message of await this.world.told()) {
      for (const owner of arrive ? this.owners : []) owner.notify(message);
    }
  }

  end(run: ModelRun, end: RunEnd): void {
    run.end?.(end);
    run.end = undefined;
    run.succeeded = end.kind === 'succeeded';
  }

  /** Kills the process of a slot; another takes its place. */
  crash(slot: number): void {
    this.owner(slot).crash();
    this.hire(slot % this.owners.length);
  }

  /** Time passes for the store and the broker; processes sleep through it and renew nothing. */
  async pass(ms: number): Promise<void> {
    for (const key of await this.taskKeys()) {
      const hash = await this.redis.hgetall(key);
      const times = ['until', 'due', 'first', 'ended'].filter((name) => Number(hash[name]) > 0);
      if (times.length === 0) continue;
      const earlier = times.flatMap((name) => [name, String(Number(hash[name]) - ms)]);
      await this.redis.hset(key, ...earlier);
    }
    this.broker.pass(ms);
  }

  async taskKeys(): Promise<string[]> {
    const keys = new Set(
      this.published.map(({ key }) => this.world.store.keys.task(this.scope, key)),
    );
    return [...keys];
  }

  async hashOf(key: string): Promise<Hash> {
    return await this.redis.hgetall(this.world.store.keys.task(this.scope, key));
  }

  async spokenLeft(): Promise<number> {
    return await this.redis.scard(this.world.store.keys.spoken(this.scope));
  }

  async remove(): Promise<void> {
    for (const owner of this.owners) owner.crash();
    publishers.clear();
    await this.redis.unlink(...(await this.taskKeys()), this.world.store.keys.spoken(this.scope));
  }

  /** @throws when anything is wrong */
  verify(): void {
    if (this.ledger.violations.length > 0) throw new Error(this.ledger.violations.join('\n'));
  }

  private hire(slot: number): void {
    const owner: Owner = new Owner({
      name: randomUUID(),
      broker: this.broker,
      store: this.store,
      scope: this.scope,
      settings,
      host: { start: (items) => this.start(owner, items) },
      ended: (verdict) => {
        if (verdict instanceof Error)
          this.ledger.violations.push(`a fault: ${String(verdict.stack)}`);
      },
    });
    this.owners[slot] = owner;
  }

  private start(owner: Owner, items: readonly DeliveryItem[]): Promise<RunEnd> {
    const token = readToken(items[0]?.swarm.delivery) as LiveToken;
    const same = ({ token: { key, fence } }: ModelRun) =>
      key === token.key && fence === token.fence;
    if (this.runs.some(same))
      this.ledger.violations.push(`two runs of ${token.key} under one fence`);
    return new Promise((resolve) => {
      this.runs.push({ owner, token, end: resolve, succeeded: false });
    });
  }

  /** Whether it succeeded, was canceled, or has a letter that nobody took. */
  hasEnd({ key, version }: Work): boolean {
    const name = this.world.store.keys.task(this.scope, key);
    const digits = fingerprint(bodyOf({ key, version }));
    return (
      this.ledger.doneEver.has(`${name} ${digits}`) ||
      this.ledger.canceledEver.has(name) ||
      this.broker.letters.some((letter) => isOf(letter, { key, version }))
    );
  }
}

export function bodyOf({ key, version }: Work) {
  return { task_id: key, intent: 'model', ref: `version:${version}` };
}

function isOf({ body }: Message, work: Work): boolean {
  return body.toString() === JSON.stringify(bodyOf(work));
}
