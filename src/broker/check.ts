import { InputError, RefusedError, type SwarmError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';
import { brokerCause } from './cause';
import { BrokerConnection, type BrokerIdentity } from './connection';

/**
 * Proves that the settings let us in: the first host that does opens a channel, which an exhausted broker may still refuse.
 * Nothing is declared.
 *
 * @throws SwarmError with cause and remedy. When all hosts fail, a refusal is told rather than a host that is away: the
 *   person can mend it, and mending it helps.
 */
export async function checkBroker(settings: BrokerSettings): Promise<BrokerIdentity> {
  let cause: SwarmError | undefined;
  for (const host of settings.hosts) {
    const one = { ...settings, hosts: [host] };
    try {
      return await checkHost(one);
    } catch (error) {
      const told = brokerCause(error, one);
      if (!cause || (told instanceof RefusedError && !(cause instanceof RefusedError)))
        cause = told;
    }
  }
  throw cause ?? new InputError('hosts', 'names no host', 'Give at least one host.');
}

async function checkHost(settings: BrokerSettings): Promise<BrokerIdentity> {
  const connection = await BrokerConnection.open(settings, 'credential test', 'once');
  try {
    const channel = await connection.live?.createChannel();
    await channel?.close();
    return connection.identity;
  } finally {
    await connection.close();
  }
}
