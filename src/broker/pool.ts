import { sha256 } from '../contract/identity';
import type { BrokerSettings } from '../contract/settings';
import { SharedPool } from '../contract/sharedPool';
import { BrokerConnection } from './connection';
import { ConfirmingPublisher } from './publisher';

interface PooledPublisher {
  readonly connection: BrokerConnection;
  readonly publisher: ConfirmingPublisher;
}

/**
 * Publishing connections of this process, one for each set of settings; closed a while after their last user let go.
 * Consumers bring connections of their own: a broker that is short of memory blocks those that publish.
 */
const pool = new SharedPool<BrokerSettings, PooledPublisher>({
  name: (settings) => sha256(JSON.stringify(settings)),
  async open(settings) {
    const connection = await BrokerConnection.open(settings, 'publish', 'once');
    return { connection, publisher: new ConfirmingPublisher(connection) };
  },
  async close({ connection, publisher }) {
    await publisher.close();
    await connection.close();
  },
});

/** Runs `use` with the pooled publisher of these settings. */
export async function withPublisher<T>(
  settings: BrokerSettings,
  use: (publisher: ConfirmingPublisher) => Promise<T>,
): Promise<T> {
  return await pool.use(settings, ({ publisher }) => use(publisher));
}

/** Closes the publishing connections that nobody uses right now. */
export async function closeIdlePublishers(): Promise<void> {
  await pool.closeIdle();
}
