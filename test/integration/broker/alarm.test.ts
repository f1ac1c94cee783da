import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { BrokerConnection } from '../../../src/broker/connection';
import { closeIdlePublishers } from '../../../src/broker/pool';
import { ConfirmingPublisher } from '../../../src/broker/publisher';
import type { SwarmError } from '../../../src/contract/errors';
import type { Outgoing } from '../../../src/contract/message';
import { brokerSchema, type BrokerSettings } from '../../../src/contract/settings';
import { dispatch } from '../../../src/dispatch/dispatch';
import { integrationServers, integrationStore } from '../../support/integrationServers';
import { connectPlainBroker, type PlainBroker } from '../../support/plainBroker';
import { connectPlainStoreAt } from '../../support/plainStore';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { NO_RETRY, startConsumer, TestHost } from '../../support/world';

/** A server of its own, whose memory is said to be short. */
jest.setTimeout(120_000);

let rabbit: RabbitMq;
let plain: PlainBroker;
let broker: BrokerSettings;
beforeAll(async () => {
  rabbit = await startRabbitMq();
});
afterAll(async () => {
  await closeIdlePublishers();
  await rabbit?.stop();
});
beforeEach(async () => {
  const url = await rabbit.newVhost();
  const vhost = decodeURIComponent(new URL(url).pathname.slice(1));
  broker = brokerSchema.parse({ hosts: [{ host: '127.0.0.1', port: rabbit.port }], vhost });
  plain = await connectPlainBroker(url, rabbit.node);
});
afterEach(async () => {
  await memory('1GB');
  await plain.close();
});

const memory = (limit: string) => rabbit.ctl('set_vm_memory_high_watermark', 'absolute', limit);

const to = (queue: string): Outgoing => ({
  exchange: '',
  routingKey: queue,
  body: Buffer.from('{}'),
  messageId: randomUUID(),
  properties: {},
  headers: {},
});

async function open(waitMs?: number) {
  const connection = await BrokerConnection.open(broker, 'publish', 'once');
  const publisher = new ConfirmingPublisher(connection, waitMs);
  const close = async () => {
    await publisher.close();
    await connection.close();
  };
  return { connection, publisher, close };
}

test('a connection tells that it is blocked, why, and when it is over', async () => {
  await plain.declare('work');
  const { connection, publisher, close } = await open();
  await memory('1');
  const blocked = once(connection, 'blocked');
  const sent = publisher.publish(to('work'));
  expect(await blocked).toEqual(['low on memory']);
  expect(connection.blocked).toBe('low on memory');
  const free = once(connection, 'unblocked');
  await memory('1GB');
  await free;
  expect(connection.blocked).toBeUndefined();
  await sent;
  await plain.waitForDepth('work', 1);
  await close();
});

test('who waits patiently is told, waits far beyond the limit, and sends each message once', async () => {
  await plain.declare('work');
  const WAIT_MS = 500;
  const { publisher, close } = await open(WAIT_MS);
  await publisher.publish(to('work'));
  await memory('1');
  const told: string[] = [];
  const patiently = { onBlocked: (error: SwarmError) => told.push(error.message) };
  // The first is written and never confirmed, the others are not even written.
  const first = publisher.publish(to('work'), patiently);
  const hasty = publisher.publish(to('work'));
  await expect(hasty).rejects.toMatchObject({
    code: 'unconfirmed',
    message: expect.stringContaining('takes no messages (low on memory)') as string,
  });
  const later = [1, 2, 3].map(() => publisher.publish(to('work'), patiently));
  await expect(publisher.publish(to('work'))).rejects.toMatchObject({
    code: 'blocked',
    message: 'RabbitMQ takes no messages for now: low on memory.',
    remedy: expect.stringContaining('was not sent') as string,
  });
  expect(told).toHaveLength(4);
  await memory('1GB');
  await Promise.all([first, ...later]);
  // One before the alarm, four patient ones, and the one that nobody could be certain of.
  await plain.waitForDepth('work', 6);
  await close();
});

test('a dispatch fails in a bounded time, and its items behind do not each wait again', async () => {
  await plain.declare('work');
  const WAIT_MS = 1000;
  const { publisher, close } = await open(WAIT_MS);
  await publisher.publish(to('work'));
  await memory('1');
  const began = performance.now();
  const results = await dispatch({
    count: 20,
    request: (index) => ({
      to: { kind: 'queue', queue: 'work' },
      taskId: `t${index}`,
      intent: 'x',
    }),
    publisher,
    settings: { window: 1 },
  });
  expect(performance.now() - began).toBeLessThan(5 * WAIT_MS);
  const codes = results.map((result) => (result.ok ? 'sent' : (result.error as SwarmError).code));
  expect(codes).toEqual(['unconfirmed', ...Array.from({ length: 19 }, () => 'blocked')]);
  await memory('1GB');
  await close();
});

test('under an alarm tasks go on; what has to be published waits, and comes once when it is over', async () => {
  const keys = await connectPlainStoreAt(integrationServers().store);
  const store = integrationStore(keys.prefix);
  const host = new TestHost(([item]) =>
    item?.task_id === 'b'
      ? { kind: 'failed', error: { name: 'Error', message: 'no' } }
      : { kind: 'succeeded' },
  );
  const consume = () => startConsumer({ broker, store }, { queue: 'work', ...NO_RETRY }, host);
  const declaring = await consume();
  await declaring.close();
  for (const id of ['b', 'a', 'c']) {
    await plain.publish('work', { task_id: id, intent: 'x' }, { messageId: id });
  }
  await memory('1');
  const running = await consume();
  await running.event('away', ({ error }) => error.includes('takes no messages for now'));
  await running.event('settled', ({ messageId }) => messageId === 'a');
  await running.event('settled', ({ messageId }) => messageId === 'c');
  expect((await plain.depth('work.dead')).ready).toBe(0);
  expect(await plain.unacked('work')).toBe(1);
  await memory('1GB');
  await running.event('settled', ({ messageId }) => messageId === 'b');
  await running.close();
  expect(await plain.drain('work.dead')).toHaveLength(1);
  await plain.waitForDepth('work', 0);
  expect(host.runs).toHaveLength(3);
  await keys.close();
});
