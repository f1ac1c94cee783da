import type { IExecuteFunctions } from 'n8n-workflow';

import { readToken, renewInPassing } from '../../src/index';
import { deliveriesInReach } from '../shared/findDelivery';
import { storeIfChosen } from './storeAccess';

/**
 * Renews the leases of the deliveries that pass this node, beside its work: whoever finds one of them again sees that somebody is at
 * work, also when the n8n that started the run is gone. Only what costs next to nothing is looked at, each delivery once, and
 * what goes wrong is nobody's concern: the trigger renews, too.
 */
export function renewPassing(context: IExecuteFunctions): void {
  renewAll(context).catch(() => undefined);
}

async function renewAll(context: IExecuteFunctions): Promise<void> {
  const deliveries = deliveriesInReach(context);
  if (deliveries.length === 0) return;
  const useStore = await storeIfChosen(context);
  await useStore?.((store) =>
    Promise.allSettled(
      deliveries.map(async (delivery) => {
        const token = readToken(delivery);
        if (!token.test) await renewInPassing(store, token);
      }),
    ),
  );
}
