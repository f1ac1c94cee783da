import type { IExecuteFunctions } from 'n8n-workflow';

/** Name of the custom data that says it. */
export const EXECUTION_KEY = 'swarm_execution';

/**
 * Tells the trigger which execution its delivery runs in: no result of a run names it, and custom data is what comes back, also
 * from a worker. A workflow has ten such keys; when they are used up the run is more important than its name.
 */
export function tellExecution(
  context: Pick<IExecuteFunctions, 'customData' | 'getExecutionId'>,
): void {
  try {
    context.customData.set(EXECUTION_KEY, context.getExecutionId());
  } catch {
    // Not there in every host, and not needed to work.
  }
}
