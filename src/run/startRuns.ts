import { messageOf } from '../contract/errors';
import { ClosedError } from '../contract/patience';
import type { RunHost } from '../contract/run';
import type { RunEnd } from '../contract/verdicts';
import type { Run } from './run';

/**
 * Starts one execution for the given deliveries and hands each its end. When a batch fails as a whole, those that said nothing run
 * again at once, each alone, under the same leases: n8n runs node by node over all items, so one bad item fails them all
 * (at 10 % failures 93 % of batches of 25 would fail).
 */
export async function startRuns(
  host: RunHost,
  runs: readonly Run[],
  isClosed: () => boolean,
): Promise<void> {
  const end = await startOne(host, runs);
  if (end.kind !== 'failed' || runs.length === 1) {
    for (const run of runs) run.end(end);
    return;
  }
  const again = async (run: Run): Promise<void> => {
    if (!run.unsettled) run.end(end);
    else if (isClosed()) run.abandon(new ClosedError('the consumer closed before it ran again'));
    else run.end(await startOne(host, [run]));
  };
  await Promise.all(runs.map(again));
}

async function startOne(host: RunHost, runs: readonly Run[]): Promise<RunEnd> {
  for (const run of runs) run.begun = true;
  try {
    return await host.start(runs.map(({ item }) => item));
  } catch (error) {
    return {
      kind: 'failed',
      error: { name: error instanceof Error ? error.name : 'Error', message: messageOf(error) },
    };
  }
}
