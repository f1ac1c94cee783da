import type { IDataObject, ITriggerFunctions, WorkflowActivateMode } from 'n8n-workflow';

import { AgentSwarmTrigger } from '../../../nodes/AgentSwarmTrigger/AgentSwarmTrigger.node';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { closeIdleBuckets } from '../../../src/payload/s3Bucket';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { storeForm } from '../../support/storeAddress';
import { startSwift, type Swift } from '../../support/swift';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

/** What n8n calls when a workflow is published by a person, or started by itself. */
async function startTrigger(
  world: World,
  mode: WorkflowActivateMode,
  ofStore: Record<string, IDataObject>,
  chosen: IDataObject,
) {
  const [at] = world.broker.hosts;
  const credentials: Record<string, IDataObject> = {
    agentSwarmRabbitMqApi: { hosts: `${at?.host}:${at?.port}`, vhost: world.broker.vhost },
    agentSwarmRedisApi: { ...storeForm(world.store) },
    ...ofStore,
  };
  const parameters: IDataObject = { queue: 'work', options: { payloadStore: { chosen } } };
  const silent = () => undefined;
  const context = {
    getNodeParameter: (name: string, otherwise: unknown) => parameters[name] ?? otherwise,
    getCredentials: async (name: string) => credentials[name],
    getWorkflow: () => ({ id: 'w', name: 'a test' }),
    getNode: () => ({ id: 'n', name: 'Trigger', type: 'trigger', typeVersion: 1 }),
    getMode: () => 'trigger',
    getActivationMode: () => mode,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  };
  return new AgentSwarmTrigger().trigger.call(context as unknown as ITriggerFunctions);
}

describe('a trigger with payloads in PostgreSQL', () => {
  let world: World;
  let server: Postgres;

  beforeAll(async () => {
    [world, server] = await Promise.all([newWorld(), startPostgres()]);
    await psql(server, 'postgres', 'CREATE TABLE theirs (id int)');
  });

  afterAll(async () => {
    await world.end();
    await closeIdleDatabases();
    await server.stop();
  });

  const start = (mode: WorkflowActivateMode, table: string, login: IDataObject = {}) => {
    const { host, port, user, password, database } = server;
    const postgres = { host, port, user, password, database, ssl: 'disable', ...login };
    return startTrigger(world, mode, { postgres }, { kind: ['postgres'], table });
  };

  it.each<[string, string, IDataObject, string]>([
    ['a table of somebody else', 'theirs', {}, 'the table "theirs" is not one of this pack'],
    ['a wrong password', 'payloads', { password: 'no' }, 'refused the login of user "swarm"'],
    ['a database that is not there', 'payloads', { database: 'none' }, 'has no database "none"'],
    [
      'a host where nothing listens',
      'payloads',
      { port: 1 },
      'No PostgreSQL answers at 127.0.0.1:1',
    ],
  ])('tells %s to the person who publishes', async (_what, table, login, told) => {
    await expect(start('activate', table, login)).rejects.toThrow(told);
  });

  it('takes a table that the first payload will make', async () => {
    const { closeFunction } = await start('activate', 'not_made_yet');
    await closeFunction?.();
  });

  it('waits for what is wrong when n8n itself starts it', async () => {
    const { closeFunction } = await start('init', 'theirs');
    await closeFunction?.();
  });
});

describe('a trigger with payloads in S3', () => {
  let world: World;
  let server: Swift;

  beforeAll(async () => {
    [world, server] = await Promise.all([newWorld(), startSwift()]);
  });

  afterAll(async () => {
    await world.end();
    await closeIdleBuckets();
    await server.stop();
  });

  const start = (bucket: string, login: IDataObject = {}) =>
    startTrigger(
      world,
      'activate',
      { s3: { ...server.credential, ...login } },
      { kind: ['s3'], bucket },
    );

  it.each<[string, string, IDataObject, string]>([
    ['a bucket that is not there', 'nowhere', {}, 'has no bucket "nowhere"'],
    ['no bucket', '', {}, 'Bucket: is not the name of a bucket'],
    ['a wrong secret', 'payloads', { secretAccessKey: 'no' }, 'refused the access key'],
    ['an unknown key', 'payloads', { accessKeyId: 'AKIA' }, 'refused the access key "AKIA"'],
    ['another region', 'payloads', { region: 'us-west-1' }, 'it is in eu-central-1'],
    ['a host where nothing listens', 'payloads', { endpoint: 'http://127.0.0.1:1' }, 'No S3'],
  ])('tells %s to the person who publishes', async (_what, bucket, login, told) => {
    await expect(start(bucket, login)).rejects.toThrow(told);
  });

  it('takes a bucket that is there', async () => {
    const { closeFunction } = await start(server.bucket);
    await closeFunction?.();
  });
});
