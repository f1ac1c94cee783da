import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import {
  messageOf,
  type DeliveryItem,
  type RunEnd,
  type RunError,
  type RunHost,
} from '../../src/index';
import { EXECUTION_KEY } from '../shared/tellExecution';

/** n8n as the host of runs: one emit is one execution, however many items it carries. */
export function n8nRuns(context: ITriggerFunctions): RunHost {
  return {
    async start(items) {
      const done = context.helpers.createDeferredPromise<IRun>();
      context.emit([itemsOf(items)], undefined, done);
      try {
        return endOf(await done.promise);
      } catch (error) {
        // A start that failed, an execution that n8n gave up, or one that a person stopped: in regular mode that rejects.
        const told = errorOf(error);
        return { kind: told.name.endsWith('CancelledError') ? 'stopped' : 'failed', error: told };
      }
    },
  };
}

export function itemsOf(items: readonly DeliveryItem[]): INodeExecutionData[] {
  return items.map((item) => ({ json: item as unknown as IDataObject }));
}

/** Both shapes of a result: the whole one of regular mode, and the synthetic one of queue mode, whose error is plain data. */
export function endOf(run: IRun | undefined): RunEnd {
  // n8n resolves with nothing when it could not even record the failure.
  if (!run) return { kind: 'failed', error: errorOf('n8n ended the execution without a result') };
  const { error, metadata } = run.data.resultData;
  switch (run.status) {
    case 'success':
      return { kind: 'succeeded' };
    case 'waiting':
      return { kind: 'waiting' };
    case 'canceled':
      return {
        kind: 'stopped',
        error: { ...errorOf(error), execution: metadata?.[EXECUTION_KEY] },
      };
    default:
      return { kind: 'failed', error: { ...errorOf(error), execution: metadata?.[EXECUTION_KEY] } };
  }
}

/** Picks named fields only: the error's `node` holds the whole node with its parameters. */
function errorOf(error: unknown): RunError {
  if (typeof error !== 'object' || error === null) {
    return { name: 'Error', message: typeof error === 'string' ? error : 'the execution failed' };
  }
  const { name, description, httpCode, stack, node } = error as Record<string, unknown>;
  const said = typeof description === 'string' && description !== '' ? ` (${description})` : '';
  const status = Number(httpCode);
  const nodeName = typeof node === 'object' && node !== null && 'name' in node ? node.name : node;
  const message =
    error instanceof Error ? messageOf(error) : String((error as { message?: unknown }).message);
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: `${message}${said}`,
    httpStatus: Number.isInteger(status) && status >= 100 ? status : undefined,
    stack: typeof stack === 'string' ? stack : undefined,
    node: typeof nodeName === 'string' ? nodeName : undefined,
  };
}
