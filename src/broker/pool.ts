import { sha256 } from '../contract/identity';
import type { BrokerSettings } from '../contract/settings';
import { SharedPool } from '../contract/sharedPool';
import { BrokerConnection, type ConnectionOptions } from './connection';
import { ConfirmingPublisher } from './publisher';

interface Wanted extends ConnectionOptions {
  readonly settings: BrokerSettings;
}

interface PooledPublisher {
  readonly connection: BrokerConnection;
  readonly publisher: ConfirmingPublisher;
}

/**
 * Publishing connections of this process, one for each set of settings; closed a while after their last user let go.
 * Consumers bring connections of their own: a broker that is short of memory blocks those that publish.
 */
const pool = new SharedPool<Wanted, PooledPublisher>({
  name: ({ settings }) => sha256(JSON.stringify(settings)),
  async open({ settings, reread }) {
    const connection = await BrokerConnection.open(settings, 'publish', 'once', { reread });
    return { connection, publisher: new ConfirmingPublisher(connection) };
  },
  async close({ connection, publisher }) {
    await publisher.close();
    await connection.close();
  },
});

/**
 * Runs `use` with the pooled publisher of these settings. With `reread` a login that is refused, now or when it connects again, is read
 * again for all who share it.
 */
export async function withPublisher<T>(
  settings: BrokerSettings,
  use: (publisher: ConfirmingPublisher) => Promise<T>,
  { reread }: ConnectionOptions = {},
): Promise<T> {
  return await pool.use({ settings, reread }, ({ connection, publisher }) => {
    connection.readBy(reread);
    return use(publisher);
  });
}

/** Closes the publishing connections that nobody uses right now. */
export async function closeIdlePublishers(): Promise<void> {
  await pool.closeIdle();
}
