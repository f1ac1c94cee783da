import type {
  IBinaryKeyData,
  IDataObject,
  IExecuteFunctions,
  INodeExecutionData,
} from 'n8n-workflow';

import { isSwarmError, messageOf } from '../../src/index';
import { nodeError, nodeErrorOf, remedyOf } from './nodeError';

/** An item without its pairing, which is added at the end. */
export interface Output {
  readonly json: IDataObject;
  readonly binary?: IBinaryKeyData;
}

/** What became of one item. Outcomes stand in the order of the items. */
export type Outcome =
  { readonly ok: true; readonly output: Output } | { readonly ok: false; readonly error: unknown };

export type OutcomeContext = Pick<IExecuteFunctions, 'getNode' | 'continueOnFail'>;

/** Runs an act for each item, side by side; one that fails fails alone. */
export async function forEachItem(
  context: Pick<IExecuteFunctions, 'getInputData'>,
  act: (index: number) => Promise<Output>,
): Promise<Outcome[]> {
  return await Promise.all(
    context.getInputData().map(async (_item, index): Promise<Outcome> => {
      try {
        return { ok: true, output: await act(index) };
      } catch (error) {
        return { ok: false, error };
      }
    }),
  );
}

/** What fails before the items are looked at, such as a refused login, fails every one of them. */
export async function orAllFail(
  context: Pick<IExecuteFunctions, 'getInputData'>,
  act: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  try {
    return await act();
  } catch (error) {
    return context.getInputData().map(() => ({ ok: false, error }));
  }
}

/**
 * The node's output, item by item. With On Error set to continue, a failed item gives `{error, details}`, which n8n also knows
 * to send to the error output. Otherwise the node fails, and says what was done all the same.
 *
 * @param done what the good items are by now, such as "dispatched"
 * @throws NodeOperationError naming the first item that failed
 */
export function toOutput(
  context: OutcomeContext,
  outcomes: readonly Outcome[],
  done: string,
): INodeExecutionData[] {
  if (!context.continueOnFail()) throwFailed(context, outcomes, done);
  return outcomes.map((outcome, item) => ({
    ...(outcome.ok ? outcome.output : { json: errorJson(outcome.error) }),
    pairedItem: { item },
  }));
}

function throwFailed(context: OutcomeContext, outcomes: readonly Outcome[], done: string): void {
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.ok ? [] : [{ index, error: outcome.error }],
  );
  const [first] = failed;
  if (!first) return;
  const node = context.getNode();
  const { length } = outcomes;
  if (length === 1) throw nodeErrorOf(node, first.error, first.index);
  if (failed.length === length && failed.every(({ error }) => error === first.error)) {
    throw nodeErrorOf(node, first.error);
  }
  const message = `${failed.length} of ${length} items failed, ${length - failed.length} were ${done}. The first, item ${first.index}: ${messageOf(first.error)}`;
  const remedy = remedyOf(first.error);
  const which = `Failed items: ${listed(failed.map(({ index }) => index))}.`;
  throw nodeError(node, first.error instanceof Error ? first.error : message, {
    message,
    description: [remedy, which].filter(Boolean).join(' '),
    itemIndex: first.index,
  });
}

const MOST_LISTED = 20;

function listed(indexes: readonly number[]): string {
  const more = indexes.length - MOST_LISTED;
  const shown = indexes.slice(0, MOST_LISTED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/**
 * What On Error set to continue gives in place of what some items should have become.
 *
 * @throws NodeOperationError otherwise
 */
export function failedItem(
  context: OutcomeContext,
  error: unknown,
  items: readonly number[],
): INodeExecutionData {
  if (!context.continueOnFail()) throw nodeErrorOf(context.getNode(), error, items[0]);
  return { json: errorJson(error), pairedItem: items.map((item) => ({ item })) };
}

function errorJson(error: unknown): IDataObject {
  const remedy = remedyOf(error);
  return {
    error: messageOf(error),
    details: {
      ...(isSwarmError(error) && { code: error.code }),
      ...(isSwarmError(error) && error.name === 'InputError' && { field: error.field }),
      ...(remedy !== undefined && { remedy }),
    },
  };
}
