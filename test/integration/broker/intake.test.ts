import { EventEmitter, once } from 'node:events';

import { BrokerConnection } from '../../../src/broker/connection';
import { Intake } from '../../../src/broker/intake';
import type { Delivery } from '../../../src/contract/message';
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

let world: World;
let connection: BrokerConnection;
let proxy: FaultProxy | undefined;
beforeEach(async () => {
  world = await newWorld();
  await world.plain.declare('work');
});
afterEach(async () => {
  await connection.close();
  await proxy?.stop();
  await world.end();
});

/** An intake and what it brought, in order. */
async function take(prefetch = 10) {
  const came = new EventEmitter();
  const deliveries: Delivery[] = [];
  const intake = await Intake.start(connection.live as never, {
    queue: 'work',
    prefetch,
    consumerTimeoutMs: undefined,
    onDelivery: (delivery) => {
      deliveries.push(delivery);
      came.emit('delivery');
    },
    onCanceled: () => undefined,
    onLost: (error) => came.emit('lost', error),
  });
  const until = async (count: number) => {
    while (deliveries.length < count) await once(came, 'delivery');
    return deliveries;
  };
  return { intake, until, lost: () => once(came, 'lost') };
}

test('tags of an older channel never close the newer one, and ack nothing there', async () => {
  connection = await BrokerConnection.open(world.broker, 'consume', 'once');
  const older = await take();
  for (let index = 0; index < 3; index += 1) await world.plain.publish('work', { index });
  const old = await older.until(3);
  await older.intake.close();
  const newer = await take(1);
  const [first] = await newer.until(1);
  // Its first tag is 1, too: one of these would ack it, the others would be a 406 that closes the channel.
  for (const { tag } of old) {
    older.intake.ack(tag);
    newer.intake.ack(tag);
  }
  expect(await world.plain.unacked('work')).toBe(1);
  newer.intake.ack(first?.tag as never);
  const [, second] = await newer.until(2);
  expect(second?.redelivered).toBe(true);
  newer.intake.ack(second?.tag as never);
  await newer.until(3);
});

test('an ack on a connection that is ending is silent: the broker has the delivery again', async () => {
  proxy = await startFaultProxy({ port: world.broker.hosts[0]?.port as number });
  const hosts = [{ host: proxy.host, port: proxy.port }];
  connection = await BrokerConnection.open({ ...world.broker, hosts }, 'consume', 'once');
  const { intake, until, lost } = await take();
  await world.plain.publish('work', {});
  const [delivery] = await until(1);
  const gone = lost();
  const up = once(connection, 'up');
  const dropped = connection.drop();
  expect(() => intake.ack(delivery?.tag as never)).not.toThrow();
  await dropped;
  await gone;
  await up;
  const again = await take();
  expect((await again.until(1))[0]?.redelivered).toBe(true);
});

test('a connection that is dropped comes back, also when the other side never answers again', async () => {
  proxy = await startFaultProxy({ port: world.broker.hosts[0]?.port as number });
  const hosts = [{ host: proxy.host, port: proxy.port }];
  const settings = { ...world.broker, hosts, heartbeatSeconds: 0 };
  connection = await BrokerConnection.open(settings, 'consume', 'once');
  proxy.halfOpen();
  const up = once(connection, 'up');
  const dropped = connection.drop();
  expect(connection.live).toBeUndefined();
  await dropped;
  await proxy.open();
  await up;
  await world.plain.publish('work', {});
  const { until } = await take();
  await until(1);
});

test('takes more and fewer at once while it goes on, and loses nothing that it has in hand', async () => {
  connection = await BrokerConnection.open(world.broker, 'consume', 'once');
  const { intake, until } = await take(4);
  for (let index = 0; index < 30; index += 1) await world.plain.publish('work', { index });
  await until(4);
  await intake.resize(6);
  await until(6);
  expect(await world.plain.unacked('work')).toBe(6);
  // What was added is taken away again: nothing else changes.
  await intake.resize(4);
  expect(await world.plain.unacked('work')).toBe(6);
  await intake.resize(3);
  const inHand = await until(9);
  for (const { tag } of inHand) intake.ack(tag);
  await until(12);
  expect(await world.plain.unacked('work')).toBe(3);
  await intake.cancel();
  for (const { tag } of inHand.slice(9)) intake.ack(tag);
  await world.plain.waitForDepth('work', 18);
  await world.plain.waitForUnacked('work', 0);
  await world.plain.waitForConsumers('work', 0);
  expect((await world.plain.depth('work')).ready).toBe(18);
});
