import { InputError } from '../../../../src/index';
import { budgetField, limitFields } from '../../../shared/budgetFields';
import { readLimits } from '../../../shared/budgetForm';
import { budgetOperation } from './budgetOperation';

/** Budget: Create or Update. */
export const createOrUpdateOperation = budgetOperation({
  done: 'set',
  form: [
    {
      ...budgetField,
      default: { mode: 'name', value: '' },
      description: 'One that exists, or the name of a new one',
    },
    {
      displayName: 'Limits',
      name: 'limits',
      type: 'collection',
      placeholder: 'Add limit',
      default: {},
      description:
        'All limits of the budget, as the provider states them; what is not added has none',
      options: limitFields,
    },
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [
        {
          displayName: 'If It Exists',
          name: 'ifExists',
          type: 'options',
          options: [
            { name: 'Keep Its Limits', value: 'keep' },
            {
              name: 'Update Its Limits',
              value: 'update',
              description: 'What was charged stays charged',
            },
          ],
          default: 'update',
        },
        {
          displayName: 'Not Used for a Minute',
          name: 'isNew',
          type: 'boolean',
          default: false,
          description:
            'Whether it is known that this key and model made no call in the last minute. A new budget then opens at once; else it may stay closed for a minute, because an earlier one of its name may have been lost.',
        },
      ],
    },
  ],
  read({ context, parameters }) {
    const ifExists = parameters.text('options.ifExists', 'If It Exists');
    const isNew = parameters.flag('options.isNew', 'Not Used for a Minute');
    return async (index, { budgets }, budget) => {
      const limits = readLimits(context.getNodeParameter('limits', index, {}));
      if (!limits) {
        throw new InputError(
          'Limits',
          'are empty',
          'Add the limits that the provider states for the key and model, or Adaptive Concurrency alone to let the budget find out.',
        );
      }
      const ifThere = ifExists(index) === 'keep' ? 'keep' : 'update';
      const verdict = await budgets.create(budget, limits, { ifThere, isNew: isNew(index) });
      const closed = verdict.kind === 'created' ? verdict.closedMs / 1000 : 0;
      return { budget, result: verdict.kind, closed_seconds: closed };
    };
  },
});
