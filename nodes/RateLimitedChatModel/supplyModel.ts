import type { ISupplyDataFunctions, NodeOperationError, SupplyData } from 'n8n-workflow';

import { beginCall, budgetDesk, type BudgetDesk } from '../../src/index';
import { storeOf } from '../shared/credentials';
import { nodeError, nodeErrorOf } from '../shared/nodeError';
import { attach, NotAModelError } from './attach';
import { Gate, type Desk } from './gate';
import { gateOwnRetries } from './ownRetries';
import { providerOf } from './provider';
import { readGateSettings } from './settings';
import { traceOfRun } from './traceOfRun';
import { executionView } from './view';

/** The model that is connected, with the gate in front of its calls. n8n asks for it again for every item and every step of an agent. */
export async function supplyModel(
  context: ISupplyDataFunctions,
  itemIndex: number,
): Promise<SupplyData> {
  const node = context.getNode();
  const model: unknown = await context.getInputConnectionData('ai_languageModel', itemIndex);
  try {
    const settings = readGateSettings(context, itemIndex);
    const gate = new Gate(
      deskOf(budgetDesk(await storeOf(context))),
      {
        node,
        settings,
        executions: executionsOf(context),
        learn: `${context.getWorkflow().id}:${node.name}`,
        cancelled: context.getExecutionCancelSignal?.(),
        told: { provider: providerOf(model), traceparent: traceOfRun(context, itemIndex) },
      },
      executionView(context),
    );
    attach(model, node.name, gate, settings);
    gateOwnRetries(model, gate);
    return { response: model, closeFunction: async () => gate.close() };
  } catch (error) {
    throw shownAsIs(
      error instanceof NotAModelError
        ? nodeError(node, error, {
            message: `${error.message}, so its calls cannot be limited`,
            description: 'Connect a chat model of n8n to this node.',
            itemIndex,
          })
        : nodeErrorOf(node, error, itemIndex),
    );
  }
}

/** Without it n8n says "Error in sub-node" and nothing else. */
function shownAsIs(error: NodeOperationError): NodeOperationError {
  error.functionality = 'configuration-node';
  return error;
}

function deskOf(desk: BudgetDesk): Desk {
  return {
    begin: (options) => beginCall(desk, options),
    limitsOf: async (budget) => (await desk.budgets.state(budget))?.limits,
  };
}

/** This one, and the one that called it: its run goes on through this. */
function executionsOf(context: ISupplyDataFunctions): string[] {
  const parent = context.getExecutionContext?.()?.parentExecutionId;
  return [context.getExecutionId(), parent].flatMap((id) => (id ? [id] : []));
}
