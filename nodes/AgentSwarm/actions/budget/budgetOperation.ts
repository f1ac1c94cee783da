import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { budgetDesk, type BudgetDesk } from '../../../../src/index';
import { readBudgetName } from '../../../shared/budgetForm';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';

export interface BudgetForm {
  readonly context: IExecuteFunctions;
  readonly parameters: Parameters;
}

/** What an operation does about one item's budget; the answer becomes the item. */
export type BudgetAct = (index: number, desk: BudgetDesk, budget: string) => Promise<IDataObject>;

/** An operation on the budget that the form names, item by item. */
export function budgetOperation(operation: {
  /** What good items are by now, such as "paused". */
  readonly done: string;
  readonly form: INodeProperties[];
  /** Makes the form ready once. */
  read(form: BudgetForm): BudgetAct;
}): Operation {
  return {
    form: operation.form,
    async act(context) {
      const outcomes = await orAllFail(context, async () => {
        const parameters = new Parameters(context);
        const name = parameters.text('budget.value', 'Budget');
        const act = operation.read({ context, parameters });
        const desk = budgetDesk(await storeRequired(context));
        return await forEachItem(context, async (index) => ({
          json: await act(index, desk, readBudgetName(name(index))),
        }));
      });
      return toOutput(context, outcomes, operation.done);
    },
  };
}
