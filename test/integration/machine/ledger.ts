import type { Store } from '../../../src/store/store';
import { actOf, brokenLaws, clockOf, type Hash } from './laws';
import type { RealStore } from './realStore';

/** Looks at each task before and after every script, and keeps what was ever true. */
export class Ledger {
  /** What is wrong; looked at after everything that happens. */
  readonly violations: string[] = [];
  /** Keys of tasks that succeeded, with their fingerprints. */
  readonly doneEver = new Set<string>();
  readonly canceledEver = new Set<string>();
  /** Ids that tasks gave up under. */
  readonly buried = new Set<string>();

  constructor(private readonly real: RealStore) {}

  observed(): Store {
    const run: Store['run'] = (script, keys, args) => this.run(script, keys, args);
    return new Proxy(this.real.store, {
      get: (target, name) => (name === 'run' ? run : target[name as keyof Store]) as unknown,
    });
  }

  private async run(...[script, keys, args]: Parameters<Store['run']>): Promise<unknown> {
    const { redis } = this.real.plain;
    const tasks = keys.filter((key) => key.includes(':task:'));
    const look = () => Promise.all(tasks.map((key) => redis.hgetall(key)));
    const now = await clockOf(redis);
    const before = await look();
    const answer = await this.real.store.run(script, keys, args);
    const after = await look();
    tasks.forEach((key, index) => {
      const change = { before: before[index] as Hash, after: after[index] as Hash };
      this.note(key, change.after);
      const transition = { key, now, ...change, ...actOf(script.name, args, index) };
      for (const law of brokenLaws(transition)) {
        this.violations.push(`${law}: ${JSON.stringify(transition)}`);
      }
    });
    return answer;
  }

  private note(key: string, { state, fp, dead_id }: Hash): void {
    if (state === 'done') this.doneEver.add(`${key} ${String(fp)}`);
    if (state === 'canceled') this.canceledEver.add(key);
    if (state === 'dead') this.buried.add(String(dead_id));
  }
}
