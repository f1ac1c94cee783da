import type { Channel, ChannelModel } from 'amqplib';

import { goodbye } from '../contract/patience';
import type { BrokerSettings } from '../contract/settings';
import { brokerCause } from './cause';
import { BrokerConnection, type BrokerIdentity } from './connection';

/** What AMQP tells of a queue. */
export interface QueueLook {
  /** Messages that wait; what is in a consumer's hands does not count. */
  readonly ready: number;
  readonly consumers: number;
}

export interface BrokerLook {
  readonly broker: BrokerIdentity;
  /** By name; those that are not there are left out. */
  readonly queues: ReadonlyMap<string, QueueLook>;
}

/**
 * Looks at queues, about a thousand a second. Needs no right beyond those of the pack: configure, write or read on the queue.
 *
 * @throws SwarmError when the broker is away or refuses
 */
export async function lookAt(
  settings: BrokerSettings,
  names: Iterable<string>,
): Promise<BrokerLook> {
  const connection = await BrokerConnection.open(settings, 'look', 'once');
  try {
    const { live, identity } = connection;
    const queues = live ? await lookAtEach(live, names) : new Map<string, QueueLook>();
    return { broker: identity, queues };
  } catch (error) {
    throw brokerCause(error, settings);
  } finally {
    await connection.close();
  }
}

async function lookAtEach(
  model: ChannelModel,
  names: Iterable<string>,
): Promise<Map<string, QueueLook>> {
  const found = new Map<string, QueueLook>();
  let channel: Channel | undefined;
  for (const name of names) {
    channel ??= await open(model);
    try {
      const { messageCount: ready, consumerCount: consumers } = await channel.checkQueue(name);
      found.set(name, { ready, consumers });
    } catch (error) {
      // It closes the channel.
      channel = undefined;
      if ((error as { code?: number }).code !== 404) throw error;
    }
  }
  if (channel) await goodbye(channel.close());
  return found;
}

async function open(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
}
