import { withPublisher } from '../../../src/broker/pool';
import { agentSwarm } from '../../../src/cli/agentSwarm';
import { storeSchema, type BrokerSettings } from '../../../src/contract/settings';
import { monitorSchema } from '../../../src/contract/monitor';
import { dispatch } from '../../../src/dispatch/dispatch';
import { troublesNow } from '../../../src/observe/monitor';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis, type RedisServer } from '../../support/redis';
import { newWorld, NO_RETRY, startConsumer, TestHost, type World } from '../../support/world';

jest.setTimeout(120_000);

/** Would be found wherever it comes out, whole or as a URL has it. */
const SECRETS = {
  broker: 'Br0ker/pass word',
  store: 'St0re+pass',
  key: 'sk-proj-Abcd1234Efgh5678Ijkl',
};
const FORMS = Object.values(SECRETS).flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
]);

let rabbit: RabbitMq;
let redis: RedisServer;
let world: World;
beforeAll(async () => {
  [rabbit, redis] = await Promise.all([
    startRabbitMq({ management: true }),
    startRedis({ args: ['--requirepass', SECRETS.store] }),
  ]);
  await rabbit.ctl('add_user', 'agent', SECRETS.broker);
  await rabbit.ctl('set_user_tags', 'agent', 'management');
  await rabbit.ctl('set_permissions', 'agent', '.*', '.*', '.*');
  world = await newWorld();
});
afterAll(async () => {
  await world?.end();
  await rabbit?.stop();
  await redis?.stop();
});

const leaks = (text: string): string[] => FORMS.filter((secret) => text.includes(secret));

test('no command of the program writes a secret, when all is well and when it is not', async () => {
  const [user, password] = ['agent', encodeURIComponent(SECRETS.broker)];
  const broker = { hosts: [{ host: '127.0.0.1', port: rabbit.port }], username: 'agent' };
  const settings = { ...world.broker, ...broker, vhost: '/', password: SECRETS.broker };
  const store = storeSchema.parse({
    kind: 'standalone',
    host: redis.host,
    port: redis.port,
    password: SECRETS.store,
    prefix: world.keys.prefix,
  });
  const host = new TestHost(() => ({
    kind: 'failed',
    error: {
      name: 'AuthenticationError',
      message: `401 Incorrect API key provided: ${SECRETS.key}`,
      stack: `Error: Bearer ${SECRETS.key}\n at call.ts:1`,
      httpStatus: 401,
    },
  }));
  const told: string[] = [];
  let over: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (over = resolve));
  const running = await startConsumer(
    { broker: settings, store },
    { queue: 'work', ...NO_RETRY },
    host,
    {
      tell(name, event) {
        told.push(JSON.stringify([name, event]));
        if (name === 'settled') over();
      },
    },
  );
  const rabbitUrl = (word = password, port = rabbit.port) =>
    `amqp://${user}:${word}@127.0.0.1:${port}/`;
  const redisUrl = (word = SECRETS.store, port = redis.port) =>
    `redis://:${encodeURIComponent(word)}@127.0.0.1:${port}`;
  const outputs: string[] = [];
  const program = async (args: string[], at = rabbitUrl(), redisAt = redisUrl()) => {
    let text = '';
    const put = (more: string) => (text += more);
    const env = { RABBITMQ_URL: at, REDIS_URL: redisAt };
    const argv = ['node', 'agent-swarm', ...args];
    await agentSwarm({ argv, env, out: put, error: put });
    outputs.push(text);
    return text;
  };
  await publishOne(settings);
  await died;
  const management = ['--management', rabbit.managementUrl ?? ''];
  const prefix = ['--prefix', world.keys.prefix];
  const list = await program(['dead-letters', 'list', 'work', '--json']);
  const [{ id }] = (JSON.parse(list) as { letters: [{ id: string }] }).letters;
  expect(await program(['dead-letters', 'show', 'work', id, '--json'])).toContain('***');
  await program(['dead-letters', 'replay', 'work', '--all', '--dry-run', '--json']);
  await program(['dead-letters', 'discard', 'work', '--all', '--dry-run']);
  expect(await program(['task', 'secret-task', ...prefix])).toContain('dead');
  expect(await program(['doctor', ...management, ...prefix])).toContain('rabbitmq_version');
  expect(await program(['metrics', ...management, ...prefix])).toContain('source_up');
  expect(await program(['top', '--once', '--json', ...prefix])).toContain('"queue":"work"');
  for (const [at, redisAt] of [
    [rabbitUrl('wrong'), redisUrl(`${SECRETS.store}x`)],
    [rabbitUrl(password, 1), redisUrl(SECRETS.store, 1)],
    [`${rabbitUrl()}nowhere`, `${redisUrl()}/99`],
    [`http://${user}:${password}@x`, `http://:${encodeURIComponent(SECRETS.store)}@x`],
  ] as const) {
    await program(['dead-letters', 'list', 'work'], at);
    await program(['doctor', ...management], at, redisAt);
    await program(['metrics'], at, redisAt);
    await program(['top', '--once'], at, redisAt);
    await program(['task', 'a'], at, redisAt);
  }
  const watched = monitorSchema.parse({});
  for (const away of [
    { broker: { ...settings, password: `${SECRETS.broker}x` }, store },
    { broker: { ...settings, hosts: [{ host: '127.0.0.1', port: 1 }] }, store },
    { broker: settings, store: { ...store, password: `${SECRETS.store}x` } },
  ]) {
    const { troubles } = await troublesNow(watched, away);
    expect(JSON.stringify(troubles)).toMatch(/cannot be used/);
    outputs.push(JSON.stringify(troubles));
  }
  await running.close();
  expect(outputs).toHaveLength(31);
  expect(outputs.flatMap(leaks)).toEqual([]);
  expect(told.flatMap(leaks)).toEqual([]);
});

async function publishOne(settings: BrokerSettings): Promise<void> {
  const request = () => ({
    to: { kind: 'queue' as const, queue: 'work' },
    intent: 'x',
    taskId: 'secret-task',
    runOncePer: 'task_id' as const,
  });
  await withPublisher(settings, (publisher) => dispatch({ count: 1, publisher, request }));
}
