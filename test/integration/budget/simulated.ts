import { randomUUID } from 'node:crypto';

import { Budgets, type BudgetStore } from '../../../src/budget/budgets';
import type { Script } from '../../../src/store/script';
import { Store, type ScriptArgument } from '../../../src/store/store';
import { storeSchema } from '../../../src/contract/settings';
import { integrationServers } from '../../support/integrationServers';
import type { StoreAddress } from '../../support/storeAddress';
import { connectPlainStoreAt, type AnyPlainStore } from '../../support/plainStore';

const CLOCK = "redis.call('TIME')";
/** The time comes with the call instead. Scripts are data: this one differs in the one line that reads the clock. */
const GIVEN = `(function(us) return {math.floor(us / 1000000), us % 1000000} end)(tonumber(table.remove(ARGV)))`;

/**
 * The real scripts on the real store, in a time that the test tells: minutes pass at once. Processes have no clock in this, so one that is
 * off by minutes changes nothing.
 */
export class SimulatedTime {
  /** ms; ahead of the real one, so that nothing expires in the real one. */
  now = Math.floor(Date.now() / 60_000) * 60_000 + 86_400_000;
  readonly start = this.now;

  private constructor(
    readonly store: Store,
    readonly plain: AnyPlainStore,
  ) {}

  static async open(at: StoreAddress = integrationServers().store): Promise<SimulatedTime> {
    const plain = await connectPlainStoreAt(at, `budget-${randomUUID()}`);
    const settings = storeSchema.parse({ ...at, prefix: plain.prefix });
    return new SimulatedTime(await Store.open(settings, 'once'), plain);
  }

  /** As a process of its own has them. */
  budgets(): Budgets {
    const { store } = this;
    const shifted: BudgetStore = {
      keys: store.keys,
      ask: (act) => store.ask(act),
      run: (script: Script, keys: readonly string[], args: readonly ScriptArgument[]) =>
        store.run(inGivenTime(script), keys, [...args, Math.round(this.now * 1000)]),
    };
    return new Budgets(shifted);
  }

  async close(): Promise<void> {
    this.store.close();
    await this.plain.close();
  }
}

function inGivenTime(script: Script): Script {
  if (!script.lua.includes(CLOCK)) throw new Error(`${script.name} reads no clock`);
  return { ...script, name: `${script.name}At`, lua: script.lua.replace(CLOCK, GIVEN) };
}
