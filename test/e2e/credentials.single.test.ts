import { join } from 'node:path';

import { startN8n, type N8nHost } from '../support/n8n';
import type { CredentialReference } from '../support/n8nRecords';
import { connectPlainBroker } from '../support/plainBroker';
import { startRabbitMq, type RabbitMq } from '../support/rabbitMq';
import { startRedis, type RedisServer } from '../support/redis';
import { chain, TRIGGER, triggerNode } from '../support/swarmWorld';

jest.setTimeout(180_000);

const HOST = '127.0.0.1';

interface Described {
  name: string;
  iconUrl?: { light: string; dark: string };
  codex?: { categories?: string[]; alias?: string[] };
}

describe('the pack in a real n8n', () => {
  let n8n: N8nHost;
  let rabbit: RabbitMq;
  let redis: RedisServer;

  beforeAll(async () => {
    [n8n, rabbit, redis] = await Promise.all([
      startN8n({ mode: 'single', packDist: join(__dirname, '../..') }),
      startRabbitMq({ management: true }),
      startRedis(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([n8n?.stop(), rabbit?.stop(), redis?.stop()]);
  });

  async function press(type: string, data: Record<string, unknown>) {
    const draft = { name: type, type, data };
    const { id } = await n8n.api.createCredential(draft);
    return await n8n.api.testCredential(id, draft);
  }

  it('has test buttons that let right settings pass', async () => {
    const broker = await press('agentSwarmRabbitMqApi', {
      hosts: `${HOST}:${rabbit.port}`,
      username: 'guest',
      password: 'guest',
    });
    expect(broker).toMatchObject({ status: 'OK' });
    const store = await press('agentSwarmRedisApi', { host: HOST, port: redis.port });
    expect(store).toMatchObject({ status: 'OK' });
  });

  it('has test buttons that say what is wrong and what to do', async () => {
    const broker = await press('agentSwarmRabbitMqApi', {
      hosts: `${HOST}:${rabbit.port}`,
      username: 'guest',
      password: 'not it',
    });
    expect(broker.status).toBe('Error');
    expect(broker.message).toMatch(/refused the login of user "guest"\. Check Username/);
    const store = await press('agentSwarmRedisApi', { host: 'no-such-host.invalid', port: 1 });
    expect(store.status).toBe('Error');
    expect(store.message).toMatch(/cannot be resolved.*Check Host/);
  });

  it('lists queues for a trigger, which then works on the one that was chosen', async () => {
    const hosts = `${HOST}:${rabbit.port}`;
    const own = { hosts, username: 'guest', password: 'guest' };
    const create = (type: string, data: Record<string, unknown>) =>
      n8n.api.createCredential({ name: type, type, data });
    const [listing, bare, store] = [
      await create('agentSwarmRabbitMqApi', { ...own, managementUrl: rabbit.managementUrl }),
      await create('agentSwarmRabbitMqApi', own),
      await create('agentSwarmRedisApi', { host: HOST, port: redis.port }),
    ];
    const search = (broker: CredentialReference) =>
      n8n.api.rest('POST', '/dynamic-node-parameters/resource-locator-results', {
        path: 'parameters.queue',
        methodName: 'searchQueues',
        nodeTypeAndVersion: { name: TRIGGER, version: 1 },
        currentNodeParameters: {},
        credentials: { agentSwarmRabbitMqApi: broker },
      });
    const queue = { __rl: true, mode: 'name', value: 'documents' };
    const credentials = { agentSwarmRabbitMqApi: listing, agentSwarmRedisApi: store };
    const flow = chain('listed', [triggerNode(credentials, 'documents', { queue })]);
    const saved = await n8n.api.createWorkflow(flow);
    await n8n.api.activate(saved);
    const url = `${rabbit.managementUrl}/#/queues/%2F/documents`;
    expect(await search(listing)).toEqual({
      results: [{ name: 'documents', value: 'documents', url }],
    });
    const plain = await connectPlainBroker(rabbit.url, rabbit.node);
    await plain.waitForConsumers('documents', 1);
    await plain.close();
    await n8n.api.deactivate(saved.id);
    // All that the editor is given to show.
    await expect(search(bare)).rejects.toMatchObject({
      body: {
        message: 'There is no list of queues to show.',
        description: expect.stringContaining('choose By Name and type the name of the queue'),
      },
    });
  });

  it('shows its nodes with an icon for light and for dark, found by what people search for', async () => {
    const names = ['agentSwarm', 'agentSwarmTrigger'];
    const nodes = await n8n.api.rest<Described[]>('POST', '/node-types', {
      nodeInfos: names.map((name) => ({ name: `n8n-nodes-agent-swarm.${name}`, version: 1 })),
    });
    expect(nodes).toHaveLength(2);
    for (const { iconUrl, codex } of nodes) {
      expect(codex?.alias).toContain('rabbitmq');
      for (const icon of [iconUrl?.light, iconUrl?.dark]) {
        const answer = await fetch(`${n8n.url}/${icon}`);
        expect(answer.headers.get('content-type')).toContain('image/svg');
      }
    }
  });
});
