import { randomUUID } from 'node:crypto';

import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import {
  acquire,
  askSchema,
  budgetDesk,
  readSettings,
  writeReservation,
  type Ask,
  type BudgetDesk,
} from '../../../../src/index';
import { budgetField, limitsIfNewField } from '../../../shared/budgetFields';
import { HOUR_MS } from '../../../shared/amounts';
import { readBudgetName, readLimits } from '../../../shared/budgetForm';
import { refusalError } from '../../../shared/budgetRefusal';
import { inFormWords, type Labels } from '../../../shared/formWords';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters, type Read } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { durationFields, readDuration, type DurationForm } from '../duration';

const DAY_MS = 24 * HOUR_MS;
const DEFAULT_HOLD_SECONDS = 120;

const longest: DurationForm = {
  displayName: 'Longest Wait',
  name: 'longestWait',
  amount: 10,
  unit: 'minutes',
  description:
    'Then the item fails as throttled: the task of its run comes back later, and no attempt is counted',
};

const form: INodeProperties[] = [
  budgetField,
  {
    displayName: 'Requests',
    name: 'requests',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 1000 },
    default: 1,
    description: 'Calls that are made before their usage is reported',
  },
  {
    displayName: 'Input Tokens',
    name: 'inputTokens',
    type: 'number',
    typeOptions: { minValue: 0 },
    default: 0,
    placeholder: 'e.g. {{ Math.ceil($json.text.length / 4) }}',
    description: 'Tokens of the prompts; a token of English text is about four characters',
  },
  {
    displayName: 'Longest Answer (Tokens)',
    name: 'outputTokens',
    type: 'number',
    typeOptions: { minValue: 0 },
    default: 0,
    description: 'The most tokens the answers may have',
  },
  ...durationFields(longest),
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    options: [
      {
        displayName: 'Answers Like',
        name: 'kind',
        type: 'string',
        default: '',
        placeholder: 'e.g. summaries',
        description:
          'A name for calls whose answers are about as long as each other, for Reserve for Answers: What Answers Usually Need',
      },
      {
        displayName: 'Hold (Seconds)',
        name: 'holdSeconds',
        type: 'number',
        typeOptions: { minValue: 1, maxValue: 600 },
        default: DEFAULT_HOLD_SECONDS,
        description:
          'How long the call may take. When no usage was reported by then, it is charged as reserved.',
      },
      limitsIfNewField,
      {
        displayName: 'Reserve for Answers',
        name: 'reserve',
        type: 'options',
        options: [
          { name: 'The Longest Answer', value: 'strict', description: 'Never more than the limit' },
          {
            name: 'What Answers Usually Need',
            value: 'learned',
            description: 'More calls fit in; what goes over is charged afterwards',
          },
        ],
        default: 'strict',
      },
      {
        displayName: 'Tenant',
        name: 'tenant',
        type: 'string',
        default: '',
        placeholder: 'e.g. {{ $json.tenant }}',
        description: 'Whom the call is for, when the budget has a share per tenant',
      },
    ],
  },
];

/** Budget: Wait for Budget. Before calls that no Rate-Limited Chat Model stands before, such as an HTTP Request to a provider. */
export const waitForBudgetOperation: Operation = {
  form,
  async act(context) {
    const outcomes = await orAllFail(context, async () => {
      const wait = readForm(context, new Parameters(context));
      const desk = budgetDesk(await storeRequired(context));
      const items = context.getInputData();
      return await forEachItem(context, async (index) => {
        const { json, binary } = items[index] ?? { json: {} };
        const budget = await wait(index, desk);
        return { json: { ...json, budget }, ...(binary && { binary }) };
      });
    });
    return toOutput(context, outcomes, 'let through');
  },
};

type Wait = (index: number, desk: BudgetDesk) => Promise<IDataObject>;

/** What is asked of the engine, and the fields of the form. */
const LABELS: Labels = {
  requests: 'Requests',
  input: 'Input Tokens',
  output: 'Longest Answer (Tokens)',
  reserve: 'Reserve for Answers',
  learn: 'Answers Like',
  tenant: 'Tenant',
  leaseMs: 'Hold (Seconds)',
};

function readForm(context: IExecuteFunctions, parameters: Parameters): Wait {
  const name = parameters.text('budget.value', 'Budget');
  const longestMs = readDuration(parameters, longest, DAY_MS);
  const ask = readAsk(parameters);
  return async (index, { budgets }) => {
    const budget = readBudgetName(name(index));
    const verdict = await acquire(budgets, budget, ask(index), {
      longestMs: longestMs(index) ?? longest.amount * 60_000,
      signal: context.getExecutionCancelSignal(),
      limitsIfNew: readLimits(context.getNodeParameter('options.limitsIfNew', index, {})),
    });
    if (verdict.kind !== 'acquired') {
      throw refusalError(context.getNode(), budget, verdict, (await budgets.state(budget))?.limits);
    }
    const { reservation, waitedMs } = verdict;
    return {
      name: budget,
      reservation: writeReservation(reservation),
      waited_seconds: Math.round(waitedMs) / 1000,
    };
  };
}

function readAsk(parameters: Parameters): Read<Ask> {
  const requests = parameters.number('requests', 'Requests');
  const input = parameters.number('inputTokens', 'Input Tokens');
  const output = parameters.number('outputTokens', 'Longest Answer (Tokens)');
  const reserve = parameters.text('options.reserve', 'Reserve for Answers');
  const learn = parameters.text('options.kind', 'Answers Like');
  const tenant = parameters.text('options.tenant', 'Tenant');
  const hold = parameters.number('options.holdSeconds', 'Hold (Seconds)');
  return (index) =>
    inFormWords(LABELS, () =>
      readSettings(askSchema, {
        id: randomUUID(),
        requests: requests(index),
        input: input(index),
        output: output(index),
        reserve: reserve(index),
        learn: learn(index),
        tenant: tenant(index),
        leaseMs: Math.round((hold(index) ?? DEFAULT_HOLD_SECONDS) * 1000),
      }),
    );
}
