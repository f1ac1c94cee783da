import { withPublisher } from '../../src/broker/pool';
import type { BrokerSettings } from '../../src/contract/settings';
import { dispatch, type DispatchResult } from '../../src/dispatch/dispatch';
import type { DispatchRequest } from '../../src/dispatch/request';

/** As a node does it for its items, without a store. */
export async function dispatchAll(
  broker: BrokerSettings,
  requests: readonly DispatchRequest[],
): Promise<DispatchResult[]> {
  return await withPublisher(broker, (publisher) =>
    dispatch({
      count: requests.length,
      request: (index) => requests[index] as DispatchRequest,
      publisher,
    }),
  );
}
