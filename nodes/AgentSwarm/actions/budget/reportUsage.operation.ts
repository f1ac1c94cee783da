import type { IExecuteFunctions } from 'n8n-workflow';

import {
  InputError,
  readReservation,
  readToken,
  readSettings,
  reportUsage,
  usageSchema,
  type LiveToken,
  type Used,
} from '../../../../src/index';
import { budgetField } from '../../../shared/budgetFields';
import { noBudget } from '../../../shared/budgetForm';
import { inFormWords, type Labels } from '../../../shared/formWords';
import { DeliveryFinder } from '../../../shared/findDelivery';
import { budgetOperation } from './budgetOperation';

const ANSWERED = { show: { outcome: ['answered'] } };
const REFUSED = { show: { outcome: ['refused'] } };

const LABELS: Labels = {
  requests: 'Requests',
  input: 'Input Tokens',
  output: 'Output Tokens',
};

/** Budget: Report Usage. For calls of a model that no Rate-Limited Chat Model stands before. */
export const reportUsageOperation = budgetOperation({
  done: 'reported',
  form: [
    budgetField,
    {
      displayName: 'Outcome',
      name: 'outcome',
      type: 'options',
      options: [
        { name: 'Answered', value: 'answered' },
        {
          name: 'Refused by the Provider (429)',
          value: 'refused',
          description: 'Nobody calls with this budget until the provider lets it',
        },
      ],
      default: 'answered',
    },
    {
      displayName: 'Requests',
      name: 'requests',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 1000 },
      default: 1,
      description: 'Calls that were made',
      displayOptions: ANSWERED,
    },
    {
      displayName: 'Input Tokens',
      name: 'inputTokens',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 0,
      description: 'Tokens of the prompts, as the provider counted them',
      displayOptions: ANSWERED,
    },
    {
      displayName: 'Output Tokens',
      name: 'outputTokens',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 0,
      description: 'Tokens of the answers, as the provider counted them',
      displayOptions: ANSWERED,
    },
    {
      displayName: 'Retry After (Seconds)',
      name: 'retryAfterSeconds',
      type: 'number',
      typeOptions: { minValue: 0, numberPrecision: 3 },
      default: 0,
      description: 'What the provider asks for. 0: it did not say, and the budget chooses.',
      displayOptions: REFUSED,
    },
    {
      displayName: 'Reservation',
      name: 'reservation',
      type: 'string',
      default: '={{ $json.budget?.reservation ?? null }}',
      description:
        'What Budget: Wait for Budget gave out for this call. Empty: what Agent Swarm Trigger reserved for the task of this run, or else the usage is charged as it is.',
    },
  ],
  read({ context, parameters }) {
    const outcome = parameters.text('outcome', 'Outcome');
    const requests = parameters.number('requests', 'Requests');
    const input = parameters.number('inputTokens', 'Input Tokens');
    const output = parameters.number('outputTokens', 'Output Tokens');
    const retryAfter = parameters.number('retryAfterSeconds', 'Retry After (Seconds)');
    const given = parameters.text('reservation', 'Reservation');
    const taskOf = runsTask(context);
    const usedOf = (index: number): Used => {
      if (outcome(index) === 'refused') {
        const seconds = retryAfter(index) ?? 0;
        return { kind: 'refused', retryAfterMs: seconds > 0 ? seconds * 1000 : undefined };
      }
      const usage = inFormWords(LABELS, () =>
        readSettings(usageSchema, {
          requests: requests(index),
          input: input(index),
          output: output(index),
        }),
      );
      return { kind: 'used', ...usage };
    };
    return async (index, { budgets }, budget) => {
      const used = usedOf(index);
      const text = given(index);
      const reservation = text === undefined ? undefined : readReservation(text);
      if (reservation && reservation.budget !== budget) {
        throw new InputError(
          'Reservation',
          `is of budget "${reservation.budget}", not of "${budget}"`,
          'Choose the budget that was waited for.',
        );
      }
      const task = reservation ? undefined : await taskOf(index);
      const result = await reportUsage(budgets, budget, used, { reservation, task });
      if (result === 'none') throw noBudget(budget);
      return { budget, result };
    };
  },
});

/** Usage may be reported outside of a task as well: what is not found is nobody's. */
function runsTask(context: IExecuteFunctions): (index: number) => Promise<LiveToken | undefined> {
  const finder = new DeliveryFinder(context);
  return async (index) => {
    const delivery = await finder.find(index, undefined).catch(() => undefined);
    const token = delivery === undefined ? undefined : readToken(delivery);
    return token && !token.test ? token : undefined;
  };
}
