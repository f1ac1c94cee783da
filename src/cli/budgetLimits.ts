import { canonicalize } from 'json-canonicalize';

import { Budgets } from '../budget/budgets';
import type { BudgetLimits } from '../contract/budget';
import { InputError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { Store } from '../store/store';
import type { Difference } from '../topology/difference';
import type { TopologyFile } from '../topology/file';

type Wanted = TopologyFile['budgets'];

/** Of budgets that the file does not name nothing is said: nodes make them, too. */
export async function compareBudgets(store: StoreSettings, wanted: Wanted): Promise<Difference[]> {
  return await withBudgets(store, async (budgets) => {
    const all: Difference[] = [];
    for (const [name, limits] of Object.entries(wanted)) {
      const there = await budgets.state(name);
      if (!there) all.push({ change: 'create', kind: 'budget', name });
      else if (canonicalize(there.limits) !== canonicalize(limits)) {
        const said = `${canonicalize(there.limits)} -> ${canonicalize(limits)}`;
        const remedy = 'Apply changes it; what was charged stays.';
        all.push({ change: 'change', kind: 'budget', name, said, remedy });
      }
    }
    return all;
  });
}

/** Those that differ; one that is as it should be keeps what it learned of its provider. */
export async function applyBudgets(
  store: StoreSettings,
  wanted: Wanted,
  differences: readonly Difference[],
): Promise<void> {
  const names = differences.flatMap(({ kind, name }) => (kind === 'budget' ? [name] : []));
  await withBudgets(store, async (budgets) => {
    for (const name of names) {
      const limits = wanted[name];
      if (limits) await budgets.create(name, limits, { ifThere: 'update' });
    }
  });
}

/** @throws InputError when there is none of this name */
export async function standingLimits(store: StoreSettings, name: string): Promise<BudgetLimits> {
  const state = await withBudgets(store, (budgets) => budgets.state(name));
  if (state) return state.limits;
  throw new InputError(
    '--budget',
    `names no budget: ${name}`,
    'See agent-swarm top for those there are; --prefix chooses the keys.',
  );
}

async function withBudgets<T>(
  settings: StoreSettings,
  act: (budgets: Budgets) => Promise<T>,
): Promise<T> {
  const store = await Store.open(settings, 'once');
  try {
    return await act(new Budgets(store));
  } finally {
    store.close();
  }
}
