import { budgetField } from '../../../shared/budgetFields';
import { noBudget } from '../../../shared/budgetForm';
import { budgetOperation } from './budgetOperation';

/** Budget: Pause. Nobody is granted a call until it is resumed; calls under way go on. */
export const pauseOperation = budgetOperation({
  done: 'paused',
  form: [budgetField],
  read:
    () =>
    async (_index, { budgets }, budget) => {
      if (!(await budgets.switch(budget, 'pause'))) throw noBudget(budget);
      return { budget, paused: true };
    },
});
