import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { agentSwarm } from '../../../src/cli/agentSwarm';
import type { Finding } from '../../../src/cli/doctor/finding';
import { withPublisher } from '../../../src/broker/pool';
import { dispatch } from '../../../src/dispatch/dispatch';
import { redisDeposits } from '../../support/redisDeposits';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis, type RedisServer } from '../../support/redis';
import { storeFlags, type StoreAddress } from '../../support/storeAddress';
import { temporaryFolder } from '../../support/temporaryFolder';
import { integrationServers } from '../../support/integrationServers';
import { newWorld, NO_RETRY, TestHost, type World } from '../../support/world';

jest.setTimeout(120_000);

const MAXIMUM = ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'];

let world: World | undefined;
afterEach(async () => {
  await world?.end();
  world = undefined;
});

interface Given {
  readonly world: World;
  readonly store?: StoreAddress;
  readonly env?: Record<string, string>;
  readonly flags?: readonly string[];
}

async function program({ world: at, store, env = {}, flags = [] }: Given) {
  const redis = storeFlags(store ?? integrationServers().store);
  let [out, error] = ['', ''];
  const code = await agentSwarm({
    argv: ['node', 'agent-swarm', 'doctor', '--prefix', at.keys.prefix, ...redis, ...flags],
    env: { RABBITMQ_URL: at.vhostUrl, ...env },
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

async function examined(given: Given) {
  const { code, out } = await program({ ...given, flags: ['--json', ...(given.flags ?? [])] });
  const found = JSON.parse(out) as Finding[];
  const of = (check: string) => found.filter((one) => one.check === check);
  return { code, of, level: (check: string) => of(check).map(({ level }) => level) };
}

const WELL = {
  N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED: '500',
  N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED: '500',
  EXECUTIONS_MODE: 'queue',
};

describe('the doctor', () => {
  let redis: RedisServer | undefined;
  let rabbit: RabbitMq | undefined;
  afterEach(async () => {
    await redis?.stop();
    await rabbit?.stop();
    [redis, rabbit] = [undefined, undefined];
  });

  const ownRedis = async (...args: Parameters<typeof startRedis>): Promise<StoreAddress> => {
    redis = await startRedis(...args);
    return { kind: 'standalone', host: redis.host, port: redis.port };
  };

  it('finds nothing wrong where all is well, and says what it could not read', async () => {
    const store = await ownRedis({ appendOnly: true });
    world = await newWorld(store);
    const { settled } = await world.consume({ prefetch: 10 });
    await world.plain.publish('work', { task_id: 'a', intent: 'x' });
    await settled(1);
    const flags = ['--workers', '2'];
    const { code, of, level } = await examined({ world, store, env: WELL, flags });
    expect(code).toBe(0);
    for (const check of [
      'rabbitmq_version',
      'redis_eviction',
      'redis_persistence',
      'redis_task_bytes',
      'queue_consumers',
      'n8n_keep_last',
      'n8n_shutdown',
      'prefetch',
    ]) {
      expect([check, level(check)]).toEqual([check, ['ok']]);
    }
    expect(of('redis_task_bytes')[0]?.said).toMatch(
      /^A task takes [1-9]\d+ bytes, by 1 of them\.$/,
    );
    expect(of('queue_settings')).toMatchObject([
      { level: 'unknown', remedy: expect.stringContaining('--management') },
    ]);
    const { code: strict, out } = await program({ world, store, env: WELL, flags: ['--strict'] });
    expect(strict).toBe(0);
    expect(out).toMatch(
      /^OK {7}redis_eviction: maxmemory-policy is noeviction\. \(Redis: INFO\)$/m,
    );
    expect(out).toMatch(/^0 problem, 0 warning, \d+ unknown, \d+ ok$/m);
  });

  it('finds what loses tasks in Redis and in n8n', async () => {
    const store = await ownRedis({ args: MAXIMUM });
    world = await newWorld(store);
    const { close } = await world.consume({ prefetch: 50, runLimitMs: 600_000 });
    await close();
    await world.plain.waitForConsumers('work', 0);
    const folder = await temporaryFolder('env');
    const file = join(folder.path, 'n8n.env');
    await writeFile(
      file,
      '# n8n\nEXECUTIONS_MODE=queue\nN8N_GRACEFUL_SHUTDOWN_TIMEOUT="10"\nEXECUTIONS_TIMEOUT=300\n',
    );
    const flags = ['--n8n-env', file, '--workers', '2'];
    const { code, of, level } = await examined({ world, store, flags });
    await folder.remove();
    expect(code).toBe(1);
    expect(level('redis_eviction')).toEqual(['problem']);
    expect(level('redis_persistence')).toEqual(['problem']);
    expect(of('n8n_keep_last')).toMatchObject([{ level: 'problem', source: file }]);
    expect(level('n8n_shutdown')).toEqual(['warning']);
    expect(of('n8n_execution_timeout')[0]?.said).toContain('after 5 minutes');
    expect(of('prefetch')).toMatchObject([
      { level: 'warning', said: expect.stringContaining('2 workers run 20') },
    ]);
    expect(level('queue_consumers')).toEqual(['warning']);
  });

  it('finds the wrong prefix, and variables of n8n that are not there', async () => {
    world = await newWorld();
    const { code, level } = await examined({ world });
    expect(code).toBe(1);
    expect(level('redis_prefix')).toEqual(['problem']);
    expect(level('n8n_settings')).toEqual(['unknown']);
  });

  it('finds dead letters whose payload is gone, or goes soon', async () => {
    world = await newWorld();
    const host = new TestHost(() => ({ kind: 'failed', error: { name: 'E', message: 'no' } }));
    const { settled } = await world.consume({ ...NO_RETRY }, host);
    const { broker, store } = world;
    const sent = await withPublisher(broker, (publisher) =>
      dispatch({
        count: 1,
        publisher,
        usePayloads: redisDeposits(store),
        settings: { storeAboveBytes: 1024, payload: { ttlMs: 3_600_000 } },
        request: () => ({
          to: { kind: 'queue', queue: 'work' },
          intent: 'x',
          data: { text: 'x'.repeat(2000) },
        }),
      }),
    );
    await settled(1);
    expect(sent).toMatchObject([{ ok: true, claim: expect.any(String) }]);
    await world.plain.waitForDepth('work.dead', 1);
    expect((await examined({ world })).level('claim_ttl')).toEqual(['ok']);
    const [claim] = (await world.keys.keys()).filter((key) => key.endsWith(':claim'));
    await world.keys.redis.pexpire(claim as string, 3_600_000);
    expect((await examined({ world })).level('claim_ttl')).toEqual(['warning']);
    await world.keys.redis.del(claim as string);
    const { of, level } = await examined({ world });
    expect(of('claim_ttl')).toMatchObject([
      { level: 'problem', said: expect.stringContaining('payload_missing') },
    ]);
    expect(level('dead_letters')).toEqual(['warning']);
  });

  it('finds limits of queues by the management API', async () => {
    rabbit = await startRabbitMq({ management: true });
    world = await newWorld();
    const url = await rabbit.newVhost('own');
    await world.consume({}, undefined, {
      broker: {
        ...world.broker,
        hosts: [{ host: '127.0.0.1', port: rabbit.port }],
        vhost: 'own',
      },
    });
    const management = ['--management', rabbit.managementUrl ?? '', '--rabbitmq', url];
    const { level } = await examined({ world, flags: management });
    expect(level('queue_settings')).toEqual(['ok', 'ok']);
    const policy = { 'delivery-limit': 5, 'max-length': 10, 'message-ttl': 60_000 };
    await rabbit.ctl('set_policy', '-p', 'own', 'p', '^work$', JSON.stringify(policy));
    // The API tells of a policy some seconds later.
    let held = await examined({ world, flags: management });
    while (held.of('delivery_limit').length === 0) {
      held = await examined({ world, flags: management });
    }
    expect(held.code).toBe(1);
    expect(held.of('delivery_limit')).toMatchObject([
      { level: 'problem', said: expect.stringContaining('"work" has a delivery limit of 5') },
    ]);
    expect(held.level('queue_length')).toEqual(['warning']);
    expect(held.of('queue_ttl')[0]?.said).toContain('1 minute:');
  });

  it('says which server is away, and looks at the others all the same', async () => {
    world = await newWorld();
    await world.consume({});
    const flags = ['--rabbitmq', 'amqp://127.0.0.1:1'];
    const { code, of, level } = await examined({ world, env: WELL, flags });
    expect(code).toBe(1);
    expect(of('rabbitmq')).toMatchObject([
      { level: 'problem', said: expect.stringContaining('127.0.0.1:1') },
    ]);
    expect(level('redis_eviction')).toEqual(['ok']);
    expect(level('n8n_keep_last')).toEqual(['ok']);
  });
});
