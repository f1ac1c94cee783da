import { RefusedError } from '../contract/errors';
import { STORE_KINDS, type PayloadPlaces } from '../contract/payloadStores';
import { newClaim } from './claim';
import { hasPlace, withPayloads } from './places';
import { isMissingTable } from './postgresCause';

/**
 * Looks for a payload that nobody stored, for a person who wants to know whether each place is what they meant. A table that is not there
 * is fine: the first payload makes it.
 *
 * @throws SwarmError what is wrong, and how to mend it
 */
export async function checkPlaces(places: PayloadPlaces): Promise<void> {
  for (const kind of STORE_KINDS.filter((one) => hasPlace(places, one))) {
    try {
      await withPayloads(places, kind, (payloads) => payloads.redeem(newClaim(kind)));
    } catch (error) {
      if (!(error instanceof RefusedError && isMissingTable(error.cause))) throw error;
    }
  }
}
