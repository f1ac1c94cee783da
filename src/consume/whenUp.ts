import type { BrokerConnection } from '../broker/connection';
import { ClosedError } from '../contract/patience';

/** The next live model of a connection. @throws ClosedError when the signal aborts first */
export async function whenUp(
  connection: BrokerConnection,
  signal: AbortSignal,
): Promise<NonNullable<BrokerConnection['live']>> {
  return await new Promise((resolve, reject) => {
    const closed = () => reject(new ClosedError('closed'));
    signal.addEventListener('abort', closed, { once: true });
    connection.once('up', (model) => {
      signal.removeEventListener('abort', closed);
      resolve(model);
    });
  });
}
