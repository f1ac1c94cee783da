import { closeIdlePublishers } from '../../../src/broker/pool';
import { brokerSchema } from '../../../src/contract/settings';
import { integrationServers, integrationStore } from '../../support/integrationServers';
import { connectPlainBroker } from '../../support/plainBroker';
import { connectPlainStoreAt } from '../../support/plainStore';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startConsumer, TestHost } from '../../support/world';

const TIMEOUT_MS = 1500;

// Brokers from 3.12 on take the consumer's own word, which leaves a margin of minutes; older ones their configuration.
jest.mock('../../../src/consume/consumerTimeout', () => ({ consumerTimeout: () => 1500 }));

jest.setTimeout(120_000);

let rabbit: RabbitMq;
beforeAll(async () => {
  rabbit = await startRabbitMq({
    config: `consumer_timeout = ${TIMEOUT_MS}`,
    // Channels look for overdue deliveries once a tick, which is a minute by default.
    settings: { channel_tick_interval: 250 },
  });
});
afterAll(async () => {
  await closeIdlePublishers();
  await rabbit?.stop();
});

test('a delivery held for too long for the broker comes back: it does not run twice, and others go on', async () => {
  const keys = await connectPlainStoreAt(integrationServers().store);
  const host: TestHost = new TestHost(([item]) =>
    item?.task_id === 'long' ? undefined : { kind: 'succeeded' },
  );
  const running = await startConsumer(
    {
      broker: brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }] }),
      store: integrationStore(keys.prefix),
    },
    { queue: 'work' },
    host,
  );
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  const send = (id: string) =>
    plain.publish('work', { task_id: id, intent: 'x' }, { messageId: id });
  const { epoch } = await running.event('ready');
  await send('long');
  await host.started(1);
  await running.event('away', ({ error }) => /timed out|timeout/.test(error));
  await running.event('ready', (again) => again.epoch > epoch);
  await running.event('held', ({ key }) => key === 'long');
  // Held is in hand, too: the broker takes it back again and again, and each time the consumer comes back.
  await running.event('ready', (again) => again.epoch > epoch + 1);
  await send('short');
  await running.event('settled', ({ messageId }) => messageId === 'short');
  host.runs[0]?.end({ kind: 'succeeded' });
  await running.event('settled', ({ verdict }) => verdict.kind === 'done');
  await running.event('settled', ({ verdict }) => verdict.kind === 'dropped');
  expect(host.runs).toHaveLength(2);
  await running.close();
  await plain.waitForDepth('work', 0);
  await plain.close();
  await keys.close();
});
