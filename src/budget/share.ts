import { sha256 } from '../contract/identity';
import type { Lease } from '../contract/verdicts';

/** Names what a trigger reserved for one try of a task, for whoever knows the delivery. */
export function shareOf(scope: string, { key, fence }: Lease): string {
  return `task-${sha256(JSON.stringify([scope, key, String(fence)]))}`;
}
