import { randomUUID } from 'node:crypto';

import type { Copy, Tries } from '../contract/verdicts';

/** The copy that a try is followed by. */
export function copyOf(
  tries: Tries,
  delayMs: number,
  uses: 'attempt' | 'throttle' | 'nothing',
): Copy {
  return {
    id: randomUUID(),
    delayMs,
    attempt: tries.attempt + (uses === 'attempt' ? 1 : 0),
    throttles: tries.throttles + (uses === 'throttle' ? 1 : 0),
  };
}
