import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { BrokerConnection } from '../../../src/broker/connection';
import { Intake } from '../../../src/broker/intake';
import { closeIdlePublishers, withPublisher } from '../../../src/broker/pool';
import type { Delivery, Outgoing } from '../../../src/contract/message';
import type { BrokerSettings } from '../../../src/contract/settings';
import { integrationCtl } from '../../support/integrationServers';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

/** A user whose password is changed on the server and, later, in the credential. */
class Rotated {
  readonly username = `user-${randomUUID()}`;
  private written = 'old';
  reads = 0;

  constructor(private readonly broker: BrokerSettings) {}

  readonly reread = async (): Promise<BrokerSettings> => {
    this.reads += 1;
    return this.settings;
  };

  get settings(): BrokerSettings {
    return { ...this.broker, username: this.username, password: this.written };
  }

  async create(): Promise<void> {
    await integrationCtl('add_user', this.username, this.written);
    await integrationCtl('set_permissions', '-p', this.broker.vhost, this.username, '', '.*', '.*');
  }

  async rotate(password: string): Promise<void> {
    await integrationCtl('change_password', this.username, password);
    await integrationCtl('close_all_user_connections', this.username, 'rotated');
  }

  edit(password: string): void {
    this.written = password;
  }

  async remove(): Promise<void> {
    await integrationCtl('delete_user', this.username);
  }
}

let world: World;
let user: Rotated;
beforeEach(async () => {
  world = await newWorld();
  await world.plain.declare('work');
  user = new Rotated(world.broker);
  await user.create();
});
afterEach(async () => {
  await closeIdlePublishers();
  await user.remove();
  await world.end();
});

const message = (): Outgoing => ({
  exchange: '',
  routingKey: 'work',
  body: Buffer.from('{}'),
  messageId: randomUUID(),
  properties: {},
  headers: {},
});

test('a password rotated under a connection is read again, once a second at most, and used', async () => {
  const { reread, settings } = user;
  const connection = await BrokerConnection.open(settings, 'consume', 'once', { reread });
  const refused = new Promise<void>((resolve) => {
    let times = 0;
    connection.on('down', (cause) => {
      if (cause.name === 'RefusedError' && (times += 1) === 2) resolve();
    });
  });
  const began = performance.now();
  await user.rotate('new');
  // Nobody has changed the credential yet: it is asked for and refused.
  await refused;
  expect(connection.refusal?.code).toBe('login_refused');
  expect(user.reads).toBeGreaterThanOrEqual(1);
  expect(user.reads).toBeLessThanOrEqual(1 + (performance.now() - began) / 1000);
  const up = once(connection, 'up');
  user.edit('new');
  await up;
  expect(connection.settings).toEqual(user.settings);
  expect(connection.refusal).toBeUndefined();

  await world.plain.publish('work', {});
  await new Promise<Delivery>((onDelivery) => {
    void Intake.start(connection.live as never, {
      queue: 'work',
      prefetch: 1,
      consumerTimeoutMs: undefined,
      onDelivery,
      onCanceled: () => undefined,
      onLost: () => undefined,
    });
  });
  await connection.close();
});

test('opened by n8n itself with a password of yesterday, it is read again until it is right', async () => {
  const yesterday = user.settings;
  await user.rotate('new');
  const connection = await BrokerConnection.open(yesterday, 'consume', 'endless', {
    reread: user.reread,
  });
  await once(connection, 'down');
  const up = once(connection, 'up');
  user.edit('new');
  await up;
  await connection.close();
});

test('a publisher opened with a password of yesterday reads it again; without reread it says so', async () => {
  const yesterday = user.settings;
  await user.rotate('new');
  user.edit('new');
  await expect(
    withPublisher(yesterday, (publisher) => publisher.publish(message())),
  ).rejects.toMatchObject({ code: 'login_refused' });
  await withPublisher(yesterday, (publisher) => publisher.publish(message()), {
    reread: user.reread,
  });
  expect(user.reads).toBe(1);
  await world.plain.waitForDepth('work', 1);
});

test('a shared publisher that lost its connection to a rotation is mended by whoever can read it', async () => {
  const { settings, reread } = user;
  await withPublisher(settings, (publisher) => publisher.publish(message()));
  await user.rotate('new');
  user.edit('new');
  await withPublisher(settings, (publisher) => publisher.publish(message()), { reread });
  // Shared: who cannot read it has the mended connection, too.
  await withPublisher(settings, (publisher) => publisher.publish(message()));
  await world.plain.waitForDepth('work', 3);
});
