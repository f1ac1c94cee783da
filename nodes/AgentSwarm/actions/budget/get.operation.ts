import { budgetField } from '../../../shared/budgetFields';
import { budgetOperation } from './budgetOperation';
import { reportOf } from './report';

/** Budget: Get. A budget that nobody created is `{exists: false}`. */
export const getBudgetOperation = budgetOperation({
  done: 'looked up',
  form: [budgetField],
  read:
    () =>
    async (_index, { budgets }, budget) => {
      const state = await budgets.state(budget);
      return state ? reportOf(budget, state) : { budget, exists: false };
    },
});
