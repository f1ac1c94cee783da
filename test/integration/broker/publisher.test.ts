import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { BrokerConnection } from '../../../src/broker/connection';
import { ConfirmingPublisher } from '../../../src/broker/publisher';
import type { Outgoing } from '../../../src/contract/message';
import type { BrokerSettings } from '../../../src/contract/settings';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { integrationCtl } from '../../support/integrationServers';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

let world: World;
let close: () => Promise<void>;
let proxy: FaultProxy | undefined;
beforeEach(async () => {
  world = await newWorld();
  await world.plain.declare('work');
  close = async () => undefined;
});
afterEach(async () => {
  await close();
  await proxy?.stop();
  await world.end();
});

async function open(settings: BrokerSettings = world.broker, waitMs?: number) {
  const connection = await BrokerConnection.open(settings, 'publish', 'once');
  const publisher = new ConfirmingPublisher(connection, waitMs);
  close = async () => {
    await publisher.close();
    await connection.close();
  };
  return { connection, publisher };
}

const to = (exchange: string, routingKey: string): Outgoing => ({
  exchange,
  routingKey,
  body: Buffer.from('{}'),
  messageId: randomUUID(),
  properties: {},
  headers: {},
});

/** 200 to the queue, what is under test in the midst of them. */
async function amongOthers(publisher: ConfirmingPublisher, message: Outgoing) {
  const others = (count: number) =>
    Array.from({ length: count }, () => publisher.publish(to('', 'work')));
  const before = others(100);
  const outcome = publisher.publish(message).then(
    () => 'sent',
    (error: unknown) => error,
  );
  await Promise.all([...before, ...others(100)]);
  await world.plain.waitForDepth('work', 200);
  return await outcome;
}

test('a publish to an exchange that is missing fails alone, and is surely not sent', async () => {
  const { publisher } = await open();
  expect(await amongOthers(publisher, to('missing', 'a'))).toMatchObject({
    name: 'RefusedError',
    code: 'not_found',
    message: expect.stringContaining('no exchange "missing"') as string,
  });
});

test('a publish to an internal exchange fails alone, and says what the exchange is', async () => {
  await world.plain.channel.assertExchange('inner', 'topic', { internal: true });
  const { publisher } = await open();
  expect(await amongOthers(publisher, to('inner', 'a'))).toMatchObject({
    name: 'RefusedError',
    code: 'no_rights',
    message: expect.stringContaining('only other exchanges may send to it') as string,
  });
});

test('a publish without the right to write fails alone, and names the right', async () => {
  await world.plain.channel.assertExchange('locked', 'topic');
  const username = `user-${randomUUID()}`;
  await integrationCtl('add_user', username, 'pw');
  const rights = ['', '^amq.default$', '.*'];
  await integrationCtl('set_permissions', '-p', world.broker.vhost, username, ...rights);
  const { publisher } = await open({ ...world.broker, username, password: 'pw' });
  expect(await amongOthers(publisher, to('locked', 'a'))).toMatchObject({
    name: 'RefusedError',
    code: 'no_rights',
    remedy: expect.stringContaining('Grant') as string,
  });
  await integrationCtl('delete_user', username);
});

test('many publishes to a missing exchange are refused one by one; made, it is published to', async () => {
  const { publisher } = await open();
  const all = await Promise.allSettled(
    Array.from({ length: 50 }, () => publisher.publish(to('late', 'a'))),
  );
  for (const one of all) {
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  }
  await world.plain.channel.assertExchange('late', 'topic');
  await world.plain.channel.bindQueue('work', 'late', '#');
  await publisher.publish(to('late', 'a'));
  await world.plain.waitForDepth('work', 1);
});

test('an exchange deleted between two publishes makes the second uncertain, and the third certain', async () => {
  await world.plain.channel.assertExchange('brief', 'topic');
  await world.plain.channel.bindQueue('work', 'brief', '#');
  const { publisher } = await open();
  await publisher.publish(to('brief', 'a'));
  await world.plain.channel.deleteExchange('brief');
  await expect(publisher.publish(to('brief', 'a'))).rejects.toMatchObject({ code: 'unconfirmed' });
  await expect(publisher.publish(to('brief', 'a'))).rejects.toMatchObject({ code: 'not_found' });
});

test('more exchanges than channels are kept for can be published to', async () => {
  const { publisher } = await open();
  const names = Array.from({ length: 80 }, (_, index) => `many.${index}`);
  for (const name of names) {
    await world.plain.channel.assertExchange(name, 'fanout');
    await world.plain.channel.bindQueue('work', name, '');
    await publisher.publish(to(name, ''));
  }
  await Promise.all(names.map((name) => publisher.publish(to(name, ''))));
  await world.plain.waitForDepth('work', 160);
});

test('a broker that answers nothing fails a publish in a bounded time; back, it is published to', async () => {
  proxy = await startFaultProxy({ port: world.broker.hosts[0]?.port as number });
  const hosts = [{ host: proxy.host, port: proxy.port }];
  const { connection, publisher } = await open(
    { ...world.broker, hosts, heartbeatSeconds: 0 },
    500,
  );
  await publisher.publish(to('', 'work'));
  proxy.halfOpen();
  const sent = publisher.publish(to('', 'work'));
  await expect(sent).rejects.toMatchObject({ code: 'unconfirmed' });
  const notSent = publisher.publish(to('swarm.other', 'work'));
  await expect(notSent).rejects.toMatchObject({ code: 'timeout' });
  await expect(publisher.checkExchange('swarm.other')).rejects.toMatchObject({ code: 'timeout' });
  const up = once(connection, 'up');
  await proxy.open();
  proxy.cut();
  await up;
  await publisher.publish(to('', 'work'));
});
