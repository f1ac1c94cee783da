import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import type { DeliveryItem, RunEnd, RunHost } from '../../src/index';
import { readRunError } from '../shared/runError';
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
        // A start that failed, or an execution that n8n gave up or a person stopped.
        return endBy(error);
      }
    },
  };
}

export function itemsOf(items: readonly DeliveryItem[]): INodeExecutionData[] {
  return items.map((item) => ({ json: item as unknown as IDataObject }));
}

/**
 * Both shapes of a result: the whole one of regular mode, and the synthetic one of queue mode, whose error is plain data.
 *
 * | what happened | regular mode | queue mode |
 * |---|---|---|
 * | a node failed | resolves, `error` | resolves, `error` |
 * | and its text has the word "canceled" | resolves, `canceled` with the node's error | never settles |
 * | a person stopped it | rejects, ManualExecutionCancelledError | the same; never settles when another main was asked |
 * | workflow timeout | rejects, TimeoutExecutionCancelledError | never settles |
 * | worker killed | | resolves, `error`, after one to two minutes |
 *
 * (ran on n8n 2.40.7.) What never settles is ended by the run limit.
 */
export function endOf(run: IRun | undefined): RunEnd {
  // n8n resolves with nothing when it could not even record the failure.
  if (!run) return endBy('n8n ended the execution without a result');
  const { error, metadata } = run.data.resultData;
  const execution = metadata?.[EXECUTION_KEY];
  switch (run.status) {
    case 'success':
      return { kind: 'succeeded' };
    case 'waiting':
      return { kind: 'waiting' };
    case 'canceled':
      return endBy(error ?? { name: STOPPED, message: 'the execution was stopped' }, { execution });
    default:
      // The first n8n 2 leave `running` in the result of a run that ended well (ran on 2.0.0, regular mode); later ones keep
      // `finished` for them.
      if ((run as { readonly finished?: boolean }).finished && !error) return { kind: 'succeeded' };
      return endBy(error, { execution, also: sameErrors(run) });
  }
}

const STOPPED = 'ManualExecutionCancelledError';
const MAY_PASS = {
  TimeoutExecutionCancelledError: 'RunTimeout',
  SystemShutdownExecutionCancelledError: 'HostShutdown',
};

/** Only a person stops a run for good; a timeout of n8n, and n8n being shut down, are failures that may pass. */
function endBy(
  error: unknown,
  { execution, also = [] }: { execution?: string | undefined; also?: readonly unknown[] } = {},
): RunEnd {
  const told = { ...readRunError(error, also), execution };
  if (told.name === STOPPED) return { kind: 'stopped', error: told };
  const name = (MAY_PASS as Record<string, string | undefined>)[told.name] ?? told.name;
  return { kind: 'failed', error: { ...told, name } };
}

/** The error as the node first met it, such as the model below a chain: it has what the copy above it lost (regular mode only). */
function sameErrors({ data: { resultData } }: IRun): unknown[] {
  const { error, runData } = resultData;
  return Object.values(runData)
    .flat()
    .flatMap((task) => (task.error && task.error.message === error?.message ? [task.error] : []));
}
