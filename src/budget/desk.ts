import { sha256 } from '../contract/identity';
import type { StoreSettings } from '../contract/settings';
import { Keys } from '../store/keys';
import { withStore } from '../store/pool';
import { Budgets, type BudgetStore } from './budgets';
import { Holding } from './keep';

/** The budgets of one store as this process knows them, and the reservations of its calls. */
export interface BudgetDesk {
  readonly budgets: Budgets;
  readonly holding: Holding;
}

/** Kept for the life of the process: what it has seen at work tells a lost budget from a new one. One entry a credential. */
const desks = new Map<string, BudgetDesk>();

/** The desk of a store. Its connection is opened when first needed, and shared with others that use the same settings. */
export function budgetDesk(settings: StoreSettings): BudgetDesk {
  const name = sha256(JSON.stringify(settings));
  const known = desks.get(name);
  if (known) return known;
  const store: BudgetStore = {
    keys: new Keys(settings.prefix),
    run: (script, keys, args) => withStore(settings, (open) => open.run(script, keys, args)),
    ask: (act) => withStore(settings, (open) => open.ask(act)),
  };
  const budgets = new Budgets(store);
  // A lease that cannot be extended runs out, and its call is charged as reserved: nothing to do, and nobody to tell.
  const desk = { budgets, holding: new Holding(budgets, () => undefined) };
  desks.set(name, desk);
  return desk;
}
