import type { IDataObject } from 'n8n-workflow';

import { postgresSchema } from '../../../src/contract/payloadStores';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { startEngineProcess, type EngineProcess } from '../../support/engineProcess';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { storeForm } from '../../support/storeAddress';
import { newWorld, NO_RETRY, type World } from '../../support/world';

jest.setTimeout(120_000);

const PAYLOAD_STORE = { chosen: { kind: 'postgres', table: 'swarm_claims' } };

describe('Agent Swarm with payloads in PostgreSQL, in n8n', () => {
  let world: World;
  let server: Postgres;
  let n8n: EngineProcess;
  let credentials: Record<'agentSwarmRabbitMqApi' | 'agentSwarmRedisApi' | 'postgres', IDataObject>;

  beforeAll(async () => {
    [world, server] = await Promise.all([newWorld(), startPostgres()]);
    const [at] = world.broker.hosts;
    const { host, port, user, password, database } = server;
    credentials = {
      agentSwarmRabbitMqApi: { hosts: `${at?.host}:${at?.port}`, vhost: world.broker.vhost },
      agentSwarmRedisApi: storeForm(world.store),
      // As n8n stores it.
      postgres: { host, port, user, password, database, ssl: 'disable', sshTunnel: false },
    };
    n8n = await startEngineProcess(credentials);
  });

  afterAll(async () => {
    await n8n.stop();
    await closeIdleDatabases();
    await world.end();
    await server.stop();
  });

  const payload = (operation: string, parameters: IDataObject, item: IDataObject = {}) =>
    n8n.run({
      parameters: { resource: 'payload', operation, ...parameters },
      items: [{ json: item }],
    });
  const options = { payloadStore: PAYLOAD_STORE };
  const rows = async () => (await psql(server, 'postgres', 'SELECT id FROM swarm_claims')).flat();
  const places = () => {
    const { host, port, user, password } = server;
    const table = PAYLOAD_STORE.chosen.table;
    return { postgres: postgresSchema.parse({ host, port, user, password, table }) };
  };
  const dispatchLarge = (
    more: IDataObject = {},
    given: Partial<typeof credentials> = credentials,
  ) =>
    n8n.run({
      parameters: {
        resource: 'task',
        operation: 'dispatch',
        queue: 'work',
        intent: 'extract',
        data: { text: 'x'.repeat(200_000) },
        ...more,
      },
      items: [{ json: {} }],
      credentials: given,
    });

  it('stores, loads and deletes there, and leaves nothing in Redis', async () => {
    const stored = await payload('store', { options }, { a: [1, null] });
    const claim = stored.items[0]?.json.claim as string;
    expect(claim).toMatch(/^claim:pg:/);
    expect(await rows()).toEqual([claim.slice('claim:pg:'.length)]);
    expect(await world.keys.keys()).toEqual([]);
    const several = { payloadStore: { chosen: { ...PAYLOAD_STORE.chosen, kind: ['postgres'] } } };
    const loaded = await payload('load', { claim, options: several });
    expect(loaded.items[0]?.json).toMatchObject({ found: true, payload: { a: [1, null] } });
    const deleted = await payload('delete', { claim, options: several });
    expect(deleted.items[0]?.json).toEqual({ claim, deleted: true });
    expect(await rows()).toEqual([]);
  });

  it('goes on reading claims in Redis beside it', async () => {
    const stored = await payload('store', {}, { in: 'Redis' });
    const { claim } = stored.items[0]?.json as { claim: string };
    const loaded = await payload('load', { claim, options });
    expect(loaded.items[0]?.json.payload).toEqual({ in: 'Redis' });
  });

  it('names the option when a claim leads to a store that was not chosen', async () => {
    const claim = `claim:pg:${crypto.randomUUID()}`;
    const { error } = await payload('load', { claim });
    expect(error?.message).toBe(
      'Payload Store: the payload is kept in PostgreSQL, and this node was not given it',
    );
    expect(error?.description).toContain('Add the option Payload Store');
  });

  it('refuses a credential with an SSH tunnel', async () => {
    const tunnel = { ...credentials, postgres: { ...credentials.postgres, sshTunnel: true } };
    const { error } = await n8n.run({
      parameters: { resource: 'payload', operation: 'store', options },
      items: [{ json: {} }],
      credentials: tunnel,
    });
    expect(error?.message).toContain('SSH Tunnel: is switched on');
  });

  it('dispatches large data by way of it, which the trigger puts back', async () => {
    const { host, settled } = await world.consume({}, undefined, { payloads: places() });
    // Needs no Redis to dispatch.
    const { agentSwarmRabbitMqApi, postgres } = credentials;
    const sent = await dispatchLarge({ options }, { agentSwarmRabbitMqApi, postgres });
    expect(sent.items[0]?.json.claim).toMatch(/^claim:pg:/);
    const [done] = await settled(1);
    expect(done?.verdict).toEqual({ kind: 'done' });
    expect(host.runs[0]?.items[0]).toMatchObject({ data: { text: 'x'.repeat(200_000) } });
  });

  it('loses nothing when the trigger was not given it: a replay finds it', async () => {
    const { settled, host } = await world.consume({ queue: 'other', ...NO_RETRY });
    const sent = await dispatchLarge({ queue: 'other', options, ref: 'again' });
    const claim = sent.items[0]?.json.claim as string;
    const [dead] = await settled(1);
    expect(dead?.verdict).toEqual({ kind: 'dead', reason: 'payload_missing' });
    expect(host.runs).toEqual([]);
    const [letter] = await world.plain.take('other.dead', 1);
    const failure = String(letter?.headers['x-swarm-failure']);
    expect(failure).toContain('Add the option Payload Store, choose PostgreSQL');
    expect(await rows()).toContain(claim.slice('claim:pg:'.length));
  });
});
