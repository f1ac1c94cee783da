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
  /** Names of queues that this user may not look at, or that belong to one connection alone. */
  readonly hidden: ReadonlySet<string>;
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
    if (!live) throw new Error('Connection closed');
    return { broker: identity, ...(await lookAtEach(live, names)) };
  } catch (error) {
    throw brokerCause(error, settings);
  } finally {
    await connection.close();
  }
}

/** With what the broker closes the channel that asked: no right, or a queue of another connection. */
const HIDDEN = [403, 405];
const NOT_FOUND = 404;

async function lookAtEach(
  model: ChannelModel,
  names: Iterable<string>,
): Promise<Pick<BrokerLook, 'queues' | 'hidden'>> {
  const queues = new Map<string, QueueLook>();
  const hidden = new Set<string>();
  let channel: Channel | undefined;
  for (const name of names) {
    channel ??= await open(model);
    try {
      const { messageCount: ready, consumerCount: consumers } = await channel.checkQueue(name);
      queues.set(name, { ready, consumers });
    } catch (error) {
      // It closes the channel.
      channel = undefined;
      const { code = 0 } = error as { code?: number };
      if (code !== NOT_FOUND && !HIDDEN.includes(code)) throw error;
      if (code !== NOT_FOUND) hidden.add(name);
    }
  }
  if (channel) await goodbye(channel.close());
  return { queues, hidden };
}

async function open(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
}
