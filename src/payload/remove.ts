import type { Store } from '../store/store';
import { claimId } from './claim';

/**
 * Deletes a payload. True when it was there; deleting twice is no error.
 *
 * @throws InputError when the claim is malformed
 * @throws UnavailableError while the store is away
 */
export async function remove(store: Store, claim: string): Promise<boolean> {
  const key = store.keys.claim(claimId(claim));
  // UNLINK frees the memory of a large value aside, not in the way of others.
  return (await store.ask((client) => client.unlink(key))) === 1;
}
