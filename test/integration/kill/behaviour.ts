import type { DeliveryItem } from '../../../src/contract/run';
import type { RunEnd } from '../../../src/contract/verdicts';

/** Later than the steps before it, also on a slow machine. */
export const LATER_MS = 2000;

/** How runs of a task end, by its intent: the same in the process that is killed and in the one that takes over. */
export function endOf({ intent, swarm }: DeliveryItem): RunEnd | undefined {
  switch (intent) {
    case 'fail once':
      return swarm.attempt > 1 ? { kind: 'succeeded' } : failed({ retryAfterMs: LATER_MS });
    case 'fail for good':
      return failed({ httpStatus: 400 });
    case 'wait':
      return { kind: 'waiting' };
    case 'wait once':
      return swarm.attempt > 1 ? { kind: 'succeeded' } : { kind: 'waiting' };
    case 'never end':
      return undefined;
    default:
      return { kind: 'succeeded' };
  }
}

function failed(more: { httpStatus?: number; retryAfterMs?: number }): RunEnd {
  return { kind: 'failed', error: { name: 'Error', message: 'no', ...more } };
}
