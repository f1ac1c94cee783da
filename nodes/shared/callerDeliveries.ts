import type { IExecuteFunctions, INodeExecutionData, IRunExecutionData } from 'n8n-workflow';

import { deliveriesOf } from './deliveryOf';

export type CallerContext = Pick<IExecuteFunctions, 'getExecutionContext' | 'getExecutionDataById'>;

/** Sub-workflows that call sub-workflows: how far up is looked. */
const MOST_CALLERS = 10;

/**
 * The deliveries of the run that called this one, for sub-workflows that got no `swarm` passed along. n8n keeps a record of each run from
 * its start, in both modes and whatever is saved in the end, and with it the items that the run began with. A caller that
 * began without deliveries was itself called.
 *
 * @returns none when no caller is known, or n8n has no record of it: it ended before this run, or is a test by hand
 */
export async function callerDeliveries(context: CallerContext): Promise<string[]> {
  let id = context.getExecutionContext?.()?.parentExecutionId;
  for (let up = 0; id !== undefined && up < MOST_CALLERS; up += 1) {
    const run = await recordOf(context, id);
    if (!run) break;
    const found = deliveriesOf(startItemsOf(run));
    if (found.length > 0) return found;
    id = run.parentExecution?.executionId;
  }
  return [];
}

async function recordOf(
  context: CallerContext,
  id: string,
): Promise<IRunExecutionData | undefined> {
  try {
    return await context.getExecutionDataById(id);
  } catch {
    // Unreadable, or a host that cannot tell: as if there were none.
    return undefined;
  }
}

/** A fresh record holds them as what is to be run next; one that was saved on the way holds them as what has run. */
function startItemsOf(run: IRunExecutionData): INodeExecutionData[] {
  const next = (run.executionData?.nodeExecutionStack ?? []).filter(({ source }) => !source);
  const done = Object.values(run.resultData.runData)
    .flat()
    .filter(({ source }) => source.length === 0);
  return [...next, ...done].flatMap(({ data }) => data?.main?.[0] ?? []);
}
