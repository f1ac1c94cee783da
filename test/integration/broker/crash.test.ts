import { once } from 'node:events';
import { connect } from 'node:net';

import { closeIdlePublishers } from '../../../src/broker/pool';
import { brokerSchema } from '../../../src/contract/settings';
import { integrationServers, integrationStore } from '../../support/integrationServers';
import { connectPlainBroker } from '../../support/plainBroker';
import { connectPlainStoreAt, type AnyPlainStore } from '../../support/plainStore';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startConsumer } from '../../support/world';
import { publishTasks, runsOf, steadyHost } from './manyTasks';

/** A server of its own: these tests take it away. */
jest.setTimeout(120_000);

const TASKS = 200;
const HEARTBEAT_S = 2;

let rabbit: RabbitMq;
let keys: AnyPlainStore;
beforeAll(async () => {
  rabbit = await startRabbitMq();
  keys = await connectPlainStoreAt(integrationServers().store);
});
afterAll(async () => {
  await closeIdlePublishers();
  await keys?.close();
  await rabbit?.stop();
});

async function consume(queue: string) {
  const running = await startConsumer(
    {
      broker: brokerSchema.parse({
        hosts: [{ host: '127.0.0.1', port: rabbit.port }],
        heartbeatSeconds: HEARTBEAT_S,
      }),
      store: integrationStore(keys.prefix),
    },
    { queue, prefetch: 20, leaseMs: 5000 },
    steadyHost(),
  );
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await publishTasks(plain, queue, TASKS);
  return { running, plain };
}

const once200 = Array.from({ length: TASKS }, () => 1);

/** Resolves when something listens on the port. */
async function portOpen(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const opened = once(socket, 'connect').then(
      () => true,
      () => false,
    );
    const open = await opened;
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('killed and started again in the midst of 200 tasks, each of them runs once and ends; consuming within 3 s', async () => {
  const { running } = await consume('killed');
  await running.host.started(60);
  await rabbit.kill();
  const { epoch } = await running.event('ready');
  const starting = rabbit.start();
  await portOpen(rabbit.port);
  const opened = performance.now();
  await running.event('ready', (again) => again.epoch > epoch);
  expect(performance.now() - opened).toBeLessThan(3000);
  await starting;
  expect([...(await runsOf(running, TASKS)).values()]).toEqual(once200);
  expect(running.consumer.counts.duplicates).toBeGreaterThan(0);
  await running.close();
  const plain = await connectPlainBroker(rabbit.url, rabbit.node);
  await plain.waitForDepth('killed', 0);
  expect((await plain.depth('killed.dead')).ready).toBe(0);
  await plain.close();
});

test('a frozen server is noticed within two heartbeats; thawed, no task is lost or run twice', async () => {
  const { running, plain } = await consume('frozen');
  await running.host.started(60);
  const { epoch } = await running.event('ready');
  rabbit.freeze();
  const began = performance.now();
  try {
    await running.event('away', ({ what }) => what === 'broker');
    expect(performance.now() - began).toBeLessThan(2 * HEARTBEAT_S * 1000 + 500);
  } finally {
    rabbit.thaw();
  }
  await running.event('ready', (again) => again.epoch > epoch);
  expect([...(await runsOf(running, TASKS)).values()]).toEqual(once200);
  await running.close();
  await plain.waitForDepth('frozen', 0);
  await plain.close();
});
