import type { ChannelModel } from 'amqplib';

import { goodbye } from '../contract/patience';
import type { StandingBinding } from './standing';

/** Takes bindings of queues away; one that is gone is no error. */
export async function unbind(
  model: ChannelModel,
  bindings: readonly StandingBinding[],
): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    for (const { from, to, routingKey, arguments: args } of bindings) {
      await channel.unbindQueue(to, from, routingKey, args);
    }
  } finally {
    await goodbye(channel.close());
  }
}
