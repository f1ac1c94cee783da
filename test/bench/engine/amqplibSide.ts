import { connect } from 'amqplib';

import type { Place, Side } from './side';

/** Consume and ack, and nothing else: what the broker and its client can do at most. */
export async function amqplibSide({ brokerUrl, inHand }: Place): Promise<Side> {
  const connection = await connect(brokerUrl);
  return {
    async declare(queue) {
      const channel = await connection.createChannel();
      await channel.assertQueue(queue, {
        durable: true,
        arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': -1 },
      });
      await channel.close();
    },
    async work(queue, messages, clock) {
      const channel = await connection.createChannel();
      await channel.prefetch(inHand);
      let acked = 0;
      let finish: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (finish = resolve));
      await channel.consume(queue, (message) => {
        if (!message) throw new Error('the broker cancelled the consumer');
        channel.ack(message);
        if (++acked < messages) return;
        clock.stop();
        finish();
      });
      clock.start();
      await over;
      await channel.close();
    },
  };
}
