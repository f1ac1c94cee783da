import { Consumer } from '../../../src/consume/consumer';
import { forgetTrigger, registerTrigger } from '../../../src/consume/registry';
import { itemOfJson, peekDelivery } from '../../../src/consume/testDelivery';
import { consumerSchema, storeSchema } from '../../../src/contract/settings';
import { freePort } from '../../support/freePort';
import { TestHost, newWorld, type World } from '../../support/world';

let world: World;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  await world.end();
});

describe('the topology', () => {
  test('queue, bindings, dead-letter exchange and queue are made as they must stay', async () => {
    await world.consume({
      topology: {
        queue: 'work',
        exchange: { name: 'tasks', type: 'topic', bindings: [{ routingKey: 'extract.#' }] },
      },
    });
    await world.plain.publishTo('tasks', 'extract.pdf', { task_id: 'a', intent: 'x' });
    await world.plain.publishTo('tasks', 'other', { task_id: 'b', intent: 'x' }, {});
    await world.plain.waitForDepth('work', 0);
    for (const name of ['work.dead', 'swarm.undeliverable']) {
      expect(await world.plain.exists(name)).toBe(true);
    }
  });

  test('what is dead-lettered to a queue that was deleted is kept as undeliverable', async () => {
    await world.consume({});
    await world.plain.publishTo('swarm.dead', 'no-such-queue', 'lost?');
    expect((await world.plain.take('swarm.undeliverable', 1))[0]?.text).toBe('lost?');
  });

  test('a message that expires in the work queue is dead-lettered by the broker', async () => {
    const declared = await world.consume({});
    await declared.close();
    await world.plain.publish('work', { task_id: 'a', intent: 'x' }, { expiration: '1' });
    expect((await world.plain.take('work.dead', 1))[0]?.body).toMatchObject({ task_id: 'a' });
  });

  test('30 clean closes with messages in hand lose none of them', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { host, close } = await world.consume(
        { drainMs: 0, leaseMs: 1000, scope: `round-${round}` },
        new TestHost(() => undefined),
      );
      if (round === 0)
        await world.plain.publish('work', { task_id: 'a', intent: 'x' }, { messageId: 'a' });
      await host.started(1);
      await close();
      host.runs[0]?.end({ kind: 'succeeded' });
    }
    await world.plain.waitForDepth('work', 1);
    expect((await world.plain.depth('work.dead')).ready).toBe(0);
  }, 60_000);

  test('a queue with other arguments is a conflict that names the argument and the remedy', async () => {
    await world.plain.declare('work', { 'x-queue-type': 'classic' });
    await expect(world.consume({})).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'conflict',
      // The broker names the first argument that differs.
      message: expect.stringMatching(
        /queue "work".*"x-dead-letter-exchange".*has none.*'swarm\.dead'/,
      ) as string,
      remedy: expect.stringContaining('another queue name') as string,
    });
  });

  test('an exchange of another type is a conflict that names both types', async () => {
    await world.plain.channel.assertExchange('tasks', 'fanout');
    const topology = { queue: 'work', exchange: { name: 'tasks', type: 'topic' as const } };
    await expect(world.consume({ topology })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/exchange "tasks".*"type".*'fanout'.*'topic'/) as string,
    });
  });

  test('only checked, a missing queue is named and nothing is made', async () => {
    const topology = { queue: 'missing', mode: 'check' as const };
    await expect(world.consume({ topology })).rejects.toMatchObject({ code: 'not_found' });
    expect(await world.plain.exists('missing')).toBe(false);
    expect(await world.plain.exists('swarm.undeliverable')).toBe(false);
  });

  test('made by others, a queue keeps its arguments; what it needs around it is made', async () => {
    await world.plain.declare('work', { 'x-queue-type': 'classic', 'x-max-priority': 5 });
    await expect(world.consume({ topology: { queue: 'work' } })).rejects.toMatchObject({
      code: 'conflict',
      remedy: expect.stringContaining('Declare All but the Queue') as string,
    });
    const { settled } = await world.consume(
      { topology: { queue: 'work', mode: 'adopt' }, retry: { baseMs: 100, attempts: 2 } },
      new TestHost(() => ({ kind: 'failed', error: { name: 'Error', message: 'never' } })),
    );
    await world.plain.publish('work', { task_id: 'a', intent: 'x' });
    const verdicts = (await settled(2)).map(({ verdict }) => verdict.kind);
    expect(verdicts).toEqual(['retried', 'dead']);
    await world.plain.waitForDepth('work.dead', 1);
  });

  test('made by others and not there, a queue is not made', async () => {
    const topology = { queue: 'missing', mode: 'adopt' as const };
    await expect(world.consume({ topology })).rejects.toMatchObject({ code: 'not_found' });
    expect(await world.plain.exists('missing')).toBe(false);
  });

  test('only checked, a queue that stands is consumed as it is', async () => {
    const declared = await world.consume({});
    await declared.close();
    const { settled } = await world.consume({ topology: { queue: 'work', mode: 'check' } });
    await world.plain.publish('work', { task_id: 'a', intent: 'x' });
    expect((await settled(1))[0]?.verdict).toEqual({ kind: 'done' });
  });
});

describe('starting', () => {
  const settings = consumerSchema.parse({ topology: { queue: 'work' } });
  const start = (more: object) =>
    Consumer.start({
      settings,
      broker: world.broker,
      store: world.store,
      host: new TestHost(),
      workflow: 'a test',
      patience: 'once',
      tell: () => undefined,
      ...more,
    });

  test('a virtual host that is not there is named', async () => {
    await expect(start({ broker: { ...world.broker, vhost: 'nowhere' } })).rejects.toMatchObject({
      code: 'vhost_missing',
      message: expect.stringContaining('"nowhere"') as string,
    });
  });

  test('RabbitMQ down at a publish by a person is said at once', async () => {
    const port = await freePort();
    await expect(
      start({ broker: { ...world.broker, hosts: [{ host: '127.0.0.1', port }] } }),
    ).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining(`${port}`) as string,
    });
  });

  test('Redis down at a publish by a person is said at once', async () => {
    const port = await freePort();
    const store = storeSchema.parse({ kind: 'standalone', host: '127.0.0.1', port });
    await expect(start({ store })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/Redis/) as string,
    });
  });

  test('a run limit above what an old broker allows is refused, naming both', async () => {
    await expect(start({ settings: { ...settings, runLimitMs: 3_600_000 } })).rejects.toThrow(
      /Run Limit.*60 minutes.*RabbitMQ \d+\.\d+\.\d+ takes a delivery back after 30/,
    );
  });

  test('the second consumer of one name closes the first', async () => {
    const first = await world.consume({});
    const second = await world.consume({});
    await registerTrigger('workflow/node', first.consumer);
    expect((await world.plain.depth('work')).consumers).toBe(2);
    await registerTrigger('workflow/node', second.consumer);
    await world.plain.waitForConsumers('work', 1);
    forgetTrigger('workflow/node', second.consumer);
  });
});

describe('a test by hand', () => {
  const never = new AbortController().signal;

  test('shows a message of the queue and puts it back; nothing is recorded', async () => {
    await world.plain.declare('work');
    await world.plain.publish('work', { task_id: 'a', intent: 'x', data: { n: 1 } });
    const item = await peekDelivery(world.broker, world.store, 'work', never);
    expect(item).toMatchObject({
      task_id: 'a',
      data: { n: 1 },
      swarm: { queue: 'work', test: true },
    });
    await world.plain.waitForDepth('work', 1);
    expect(await world.keys.tasks()).toEqual([]);
  });

  test('names a queue that is not there, and makes none', async () => {
    await expect(peekDelivery(world.broker, world.store, 'missing', never)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('missing') as string,
    });
    expect(await world.plain.exists('missing')).toBe(false);
  });

  test('says what is wrong with a message that is no reference, and puts it back', async () => {
    await world.plain.declare('work');
    await world.plain.publish('work', 'no json');
    await expect(peekDelivery(world.broker, world.store, 'work', never)).rejects.toThrow(
      /not JSON/,
    );
    await world.plain.waitForDepth('work', 1);
  });

  test('looks into the lanes as well, those that there are', async () => {
    await world.plain.declare('work');
    await world.plain.declare('work.lane.1');
    await world.plain.publish('work.lane.1', { task_id: 'moved', intent: 'x' });
    const item = await peekDelivery(world.broker, world.store, 'work', never, { lanes: 4 });
    expect(item).toMatchObject({ task_id: 'moved', swarm: { queue: 'work', test: true } });
    await world.plain.waitForDepth('work.lane.1', 1);
  });

  test('ends when it is stopped, with the queue as it was', async () => {
    await world.plain.declare('work');
    const stop = new AbortController();
    const peeked = peekDelivery(world.broker, world.store, 'work', stop.signal);
    await world.plain.waitForConsumers('work', 1);
    stop.abort();
    await expect(peeked).rejects.toMatchObject({ code: 'closed' });
    await world.plain.waitForConsumers('work', 0);
  });

  test('takes typed-in JSON, and names the field that a consumer would refuse', () => {
    expect(itemOfJson({ task_id: 'a', intent: 'x' }, 'work')).toMatchObject({
      swarm: { test: true },
    });
    expect(() => itemOfJson({ task_id: 'a' }, 'work')).toThrow(/intent/);
  });
});
