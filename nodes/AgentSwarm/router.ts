import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';

import { deletePayloadOperation } from './actions/payload/delete.operation';
import { loadPayloadOperation } from './actions/payload/load.operation';
import { storePayloadOperation } from './actions/payload/store.operation';
import { tellExecution } from '../shared/tellExecution';
import { completeOperation } from './actions/task/complete.operation';
import { dispatchOperation } from './actions/task/dispatch.operation';
import type { Operation } from './operation';

/** Every operation, by resource. The form and the act are taken from here alone. */
export const OPERATIONS = {
  task: { complete: completeOperation, dispatch: dispatchOperation },
  payload: {
    delete: deletePayloadOperation,
    load: loadPayloadOperation,
    store: storePayloadOperation,
  },
} as const satisfies Record<string, Record<string, Operation>>;

export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
  const resource: unknown = context.getNodeParameter('resource', 0);
  const operation: unknown = context.getNodeParameter('operation', 0);
  const operations = OPERATIONS as Record<string, Record<string, Operation>>;
  const chosen = operations[String(resource)]?.[String(operation)];
  if (chosen) {
    tellExecution(context);
    return await chosen.act(context);
  }
  throw new NodeOperationError(
    context.getNode(),
    `This version of the node has no operation "${String(operation)}" of "${String(resource)}".`,
    { description: 'Choose another operation, or update n8n-nodes-agent-swarm.' },
  );
}
