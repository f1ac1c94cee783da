import { remove, withStore } from '../../../../src/index';
import { forEachItem, orAllFail, toOutput } from '../../../shared/outcomes';
import { Parameters } from '../../../shared/parameters';
import type { Operation } from '../../operation';
import { storeRequired } from '../../storeAccess';
import { claimField, readClaim } from './claim';

/** Payload: Delete. Deleting what is not there is no error. */
export const deletePayloadOperation: Operation = {
  form: [claimField],
  async act(context) {
    const outcomes = await orAllFail(context, async () => {
      const claimOf = readClaim(new Parameters(context));
      return await withStore(await storeRequired(context), (store) =>
        forEachItem(context, async (index) => {
          const claim = claimOf(index);
          return { json: { claim, deleted: await remove(store, claim) } };
        }),
      );
    });
    return toOutput(context, outcomes, 'deleted');
  },
};
