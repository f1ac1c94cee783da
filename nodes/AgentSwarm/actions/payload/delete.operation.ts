import { withStoreOf } from '../../../../src/index';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { payloadStoresField } from '../../../shared/payloadStores';
import { placesOf } from '../../payloadAccess';
import { CLAIMED_IN, claimField, readClaim } from './claim';

/** Payload: Delete. Deleting what is not there is no error. */
export const deletePayloadOperation: Operation = {
  form: [
    claimField,
    {
      displayName: 'Options',
      name: 'options',
      type: 'collection',
      placeholder: 'Add option',
      default: {},
      options: [payloadStoresField(CLAIMED_IN)],
    },
  ],
  async act(context) {
    const outcomes = await orAllFail(context, async () => {
      const claimOf = readClaim(new Parameters(context));
      const places = await placesOf(context);
      return await forEachItem(context, async (index) => {
        const claim = claimOf(index);
        const deleted = await withStoreOf(places, claim, (payloads) => payloads.remove(claim));
        return { json: { claim, deleted } };
      });
    });
    return toOutput(context, outcomes, 'deleted');
  },
};
