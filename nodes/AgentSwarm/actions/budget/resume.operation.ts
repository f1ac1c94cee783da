import { budgetField } from '../../../shared/budgetFields';
import { noBudget } from '../../../shared/budgetForm';
import { budgetOperation } from './budgetOperation';

/** Budget: Resume. */
export const resumeOperation = budgetOperation({
  done: 'resumed',
  form: [
    budgetField,
    {
      displayName: 'End a Block Too',
      name: 'endBlock',
      type: 'boolean',
      default: false,
      description:
        'Whether calls may go again although the provider asked to wait. It may refuse them.',
    },
  ],
  read({ parameters }) {
    const endBlock = parameters.flag('endBlock', 'End a Block Too');
    return async (index, { budgets }, budget) => {
      if (!(await budgets.switch(budget, 'resume'))) throw noBudget(budget);
      if (endBlock(index)) await budgets.switch(budget, 'unblock');
      return { budget, paused: false };
    };
  },
});
