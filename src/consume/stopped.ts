import { patiently } from '../contract/patience';
import type { Task } from '../contract/verdicts';
import { cancelTask } from '../word/task';
import type { Hand } from './hand';
import type { Room } from './room';

/** What becomes of a child that is stopped. */
export const CANCELED = { kind: 'canceled' } as const;

/**
 * Whether its group wants no more of it; the task is canceled then.
 *
 * @throws ClosedError when the consumer closes first
 */
export async function stopped(
  { child, key }: Task,
  { signal }: Hand,
  { ends, store, scope }: Room,
): Promise<boolean> {
  if (!child || !(await ends.isStopped(child, signal))) return false;
  await patiently(() => cancelTask(store, { scope, key }), { signal, refused: 'wait' });
  return true;
}
