import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { createOrUpdateOperation } from './actions/budget/createOrUpdate.operation';
import { getBudgetOperation } from './actions/budget/get.operation';
import { pauseOperation } from './actions/budget/pause.operation';
import { reportUsageOperation } from './actions/budget/reportUsage.operation';
import { resumeOperation } from './actions/budget/resume.operation';
import { waitForBudgetOperation } from './actions/budget/waitForBudget.operation';
import { discardOperation } from './actions/deadLetter/discard.operation';
import { getLetterOperation } from './actions/deadLetter/get.operation';
import { getManyLettersOperation } from './actions/deadLetter/getMany.operation';
import { replayOperation } from './actions/deadLetter/replay.operation';
import { getGroupOperation } from './actions/group/get.operation';
import { deletePayloadOperation } from './actions/payload/delete.operation';
import { loadPayloadOperation } from './actions/payload/load.operation';
import { storePayloadOperation } from './actions/payload/store.operation';
import { cancelOperation } from './actions/task/cancel.operation';
import { completeOperation } from './actions/task/complete.operation';
import { deadLetterOperation } from './actions/task/deadLetter.operation';
import { dispatchOperation } from './actions/task/dispatch.operation';
import { extendLeaseOperation } from './actions/task/extendLease.operation';
import { failOperation } from './actions/task/fail.operation';
import { fanOutOperation } from './actions/task/fanOut.operation';
import { getOperation } from './actions/task/get.operation';
import { handOverOperation } from './actions/task/handOver.operation';
import { retryLaterOperation } from './actions/task/retryLater.operation';
import { tellExecution } from '../shared/tellExecution';
import type { Operation } from './operation';
import { renewPassing } from './renewPassing';

/** Every operation, by resource. The form and the act are taken from here alone. */
export const OPERATIONS = {
  task: {
    cancel: cancelOperation,
    complete: completeOperation,
    deadLetter: deadLetterOperation,
    dispatch: dispatchOperation,
    extendLease: extendLeaseOperation,
    fail: failOperation,
    fanOut: fanOutOperation,
    get: getOperation,
    handOver: handOverOperation,
    retryLater: retryLaterOperation,
  },
  deadLetter: {
    discard: discardOperation,
    // Not `get`: Task: Get needs no RabbitMQ, and what a credential is shown for is told by the operation's value.
    getLetter: getLetterOperation,
    getMany: getManyLettersOperation,
    replay: replayOperation,
  },
  group: {
    get: getGroupOperation,
  },
  payload: {
    delete: deletePayloadOperation,
    load: loadPayloadOperation,
    store: storePayloadOperation,
  },
  budget: {
    createOrUpdate: createOrUpdateOperation,
    get: getBudgetOperation,
    pause: pauseOperation,
    reportUsage: reportUsageOperation,
    resume: resumeOperation,
    waitForBudget: waitForBudgetOperation,
  },
} as const satisfies Record<string, Record<string, Operation>>;

export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
  const resource: unknown = context.getNodeParameter('resource', 0);
  const operation: unknown = context.getNodeParameter('operation', 0);
  const operations = OPERATIONS as Record<string, Record<string, Operation>>;
  const chosen = operations[String(resource)]?.[String(operation)];
  if (chosen) {
    tellExecution(context);
    renewPassing(context);
    return await chosen.act(context);
  }
  throw new NodeOperationError(
    context.getNode(),
    `This version of the node has no operation "${String(operation)}" of "${String(resource)}".`,
    { description: 'Choose another operation, or update n8n-nodes-agent-swarm.' },
  );
}
