import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import {
  budgetDesk,
  budgetSchema,
  InputError,
  readSettings,
  type BudgetLimits,
} from '../../src/index';
import { storeOf } from './credentials';
import { inFormWords, type Labels } from './formWords';
import { listed, matching, nameIn } from './locator';

/** Settings of a budget, and the fields of the form they come from. */
const LABELS: Labels = {
  'minute.requests': 'Requests per Minute',
  'minute.input': 'Input Tokens per Minute',
  'minute.output': 'Output Tokens per Minute',
  'minute.total': 'Tokens per Minute',
  'day.requests': 'Requests per Day',
  'day.input': 'Input Tokens per Day',
  'day.output': 'Output Tokens per Day',
  'day.total': 'Tokens per Day',
  calls: 'Calls at Once',
  tenantShare: 'Share per Tenant (Percent)',
  burst: 'Burst (Percent)',
  guardMs: 'Guard (Seconds)',
  adaptive: 'Adaptive Concurrency',
};

/** An expression may give a number as text. */
type Figure = number | string;

/** A collection of `limitFields` as n8n stores it: it holds only what a person added. */
interface LimitsForm {
  readonly requestsPerMinute?: Figure;
  readonly inputPerMinute?: Figure;
  readonly outputPerMinute?: Figure;
  readonly tokensPerMinute?: Figure;
  readonly requestsPerDay?: Figure;
  readonly inputPerDay?: Figure;
  readonly outputPerDay?: Figure;
  readonly tokensPerDay?: Figure;
  readonly callsAtOnce?: Figure;
  readonly tenantPercent?: Figure;
  readonly burstPercent?: Figure;
  readonly guardSeconds?: Figure;
  readonly adaptive?: boolean;
}

/**
 * Limits from a collection of `limitFields`; undefined when nothing was added to it.
 *
 * @throws InputError naming the field as the form shows it
 */
export function readLimits(given: unknown): BudgetLimits | undefined {
  const form = (given ?? {}) as LimitsForm;
  if (Object.keys(form).length === 0) return undefined;
  return inFormWords(LABELS, () =>
    readSettings(budgetSchema, {
      minute: {
        requests: number(form.requestsPerMinute),
        input: number(form.inputPerMinute),
        output: number(form.outputPerMinute),
        total: number(form.tokensPerMinute),
      },
      day: {
        requests: number(form.requestsPerDay),
        input: number(form.inputPerDay),
        output: number(form.outputPerDay),
        total: number(form.tokensPerDay),
      },
      calls: number(form.callsAtOnce),
      tenantShare: number(form.tenantPercent, 1 / 100),
      burst: number(form.burstPercent, 1 / 100),
      guardMs:
        form.guardSeconds === undefined ? undefined : Math.round(Number(form.guardSeconds) * 1000),
      adaptive: form.adaptive === false ? null : undefined,
    }),
  );
}

/** The name in a `budgetField`. @throws InputError when it is empty */
export function readBudgetName(given: unknown): string {
  const name = nameIn(given);
  if (name !== '') return name;
  throw new InputError(
    'Budget',
    'is empty',
    'Choose a budget from the list, or name one by its name; Limits if New creates it.',
  );
}

/** For who cannot do without it. */
export function noBudget(name: string): InputError {
  return new InputError(
    'Budget',
    `there is none of the name "${name}"`,
    'Set Limits if New where the form has it, create the budget with Agent Swarm, Budget: Create or Update, or choose one from the list.',
  );
}

/** The list of `budgetField`. */
export async function searchBudgets(
  this: ILoadOptionsFunctions,
  filter = '',
): Promise<INodeListSearchResult> {
  return await listed(this, 'budgets', async () => {
    const names = await budgetDesk(await storeOf(this)).budgets.names();
    return matching(names, filter);
  });
}

function number(value: Figure | undefined, factor = 1): number | undefined {
  return value === undefined ? undefined : Number(value) * factor;
}
