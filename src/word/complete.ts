import { InputError } from '../contract/errors';
import type { Store } from '../store/store';
import { completeScript } from './completeScript';
import type { DeliveryToken } from './token';

/** How long an end is remembered when the trigger that would say so is gone, ms. */
const REMEMBER_MS = 24 * 3_600_000;

export interface Completed {
  /** This call recorded the end. False for a test, and when the task was complete before. */
  readonly recorded: boolean;
  readonly already: boolean;
}

/**
 * Says that the task of a delivery is complete. Works on any process and at any time; the trigger hears it and settles.
 *
 * @throws InputError when the task was corrected and is other work by now
 * @throws UnavailableError while the store is away; safe to repeat
 */
export async function complete(store: Store, token: DeliveryToken): Promise<Completed> {
  if (token.test) return { recorded: false, already: false };
  const answer = await store.run(
    completeScript,
    [store.keys.task(token.scope, token.key)],
    [REMEMBER_MS, store.keys.words(token.scope), token.key, token.fingerprint],
  );
  if (answer === 'other') {
    throw new InputError(
      'Delivery',
      `is of an older version of task "${token.key}", which was corrected since`,
      'Nothing was recorded. The run of the corrected task decides.',
    );
  }
  return { recorded: answer === 'recorded', already: answer === 'already' };
}
