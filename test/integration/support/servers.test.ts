import { integrationServers, integrationVhost } from '../../support/integrationServers';
import { connectPlainBroker } from '../../support/plainBroker';
import { connectPlainStore, connectPlainStoreAt } from '../../support/plainStore';
import { startRabbitMq } from '../../support/rabbitMq';
import { startRedis } from '../../support/redis';

jest.setTimeout(120_000);

describe('the plain clients', () => {
  it('say what a queue holds, ready and unacked', async () => {
    const { broker: node } = integrationServers();
    const broker = await connectPlainBroker(await integrationVhost(), node);
    await broker.declare('work');
    expect(await broker.exists('work')).toBe(true);
    expect(await broker.exists('other')).toBe(false);
    for (const n of [1, 2, 3]) await broker.publish('work', { n }, { headers: { 'x-n': n } });
    await broker.waitForDepth('work', 3);

    const [first] = await broker.take('work', 1);
    expect(first).toMatchObject({ body: { n: 1 }, headers: { 'x-n': 1 }, routingKey: 'work' });
    await broker.waitForDepth('work', 2);

    const got = new Promise((resolve) => void broker.channel.consume('work', resolve));
    await got;
    await broker.waitForDepth('work', 0);
    await broker.waitForUnacked('work', 2);
    await broker.channel.close();
    await broker.close();
  });

  it('keep to their own vhost and prefix', async () => {
    const { broker: node, store } = integrationServers();
    const [one, two] = [
      await connectPlainBroker(await integrationVhost(), node),
      await connectPlainBroker(await integrationVhost(), node),
    ];
    await one.declare('work');
    expect(await two.exists('work')).toBe(false);
    await Promise.all([one.close(), two.close()]);

    const [mine, theirs] = [await connectPlainStoreAt(store), await connectPlainStoreAt(store)];
    await mine.redis.set(`${mine.prefix}a`, '1');
    await theirs.redis.set(`${theirs.prefix}b`, '1');
    await mine.clear();
    expect(await mine.keys()).toEqual([]);
    expect(await theirs.keys()).toEqual([`${theirs.prefix}b`]);
    await Promise.all([mine.close(), theirs.close()]);
  });
});

describe('servers of a test of its own', () => {
  it('RabbitMQ keeps durable messages over a restart and over a crash', async () => {
    const rabbit = await startRabbitMq();
    try {
      const url = await rabbit.newVhost();
      for (const fault of [() => rabbit.restart(), () => rabbit.kill().then(rabbit.start)]) {
        const before = await connectPlainBroker(url, rabbit.node);
        await before.declare('work');
        await before.publish('work', { kept: true });
        await fault();
        const after = await connectPlainBroker(url, rabbit.node);
        expect((await after.take('work', 1))[0]?.body).toEqual({ kept: true });
        await after.close();
      }
    } finally {
      await rabbit.stop();
    }
  });

  it('Redis keeps its data only when told to', async () => {
    const server = await startRedis();
    const store = await connectPlainStore(server.url, 'own:');
    try {
      await store.redis.set('own:a', '1');
      await server.restart({ keepData: true });
      expect(await store.keys()).toEqual(['own:a']);
      await server.restart();
      expect(await store.keys()).toEqual([]);
    } finally {
      await store.close();
      await server.stop();
    }
  });
});
