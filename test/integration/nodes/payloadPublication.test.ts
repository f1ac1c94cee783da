import type { IDataObject, ITriggerFunctions, WorkflowActivateMode } from 'n8n-workflow';

import { AgentSwarmTrigger } from '../../../nodes/AgentSwarmTrigger/AgentSwarmTrigger.node';
import { closeIdleDatabases } from '../../../src/payload/postgresDatabase';
import { startPostgres, type Postgres } from '../../support/postgres';
import { psql } from '../../support/psql';
import { storeForm } from '../../support/storeAddress';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

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

  /** What n8n calls when a workflow is published by a person, or started by itself. */
  const start = (mode: WorkflowActivateMode, table: string, login: IDataObject = {}) => {
    const [at] = world.broker.hosts;
    const { host, port, user, password, database } = server;
    const credentials: Record<string, IDataObject> = {
      agentSwarmRabbitMqApi: { hosts: `${at?.host}:${at?.port}`, vhost: world.broker.vhost },
      agentSwarmRedisApi: { ...storeForm(world.store) },
      postgres: { host, port, user, password, database, ssl: 'disable', ...login },
    };
    const payloadStore = { chosen: { kind: ['postgres'], table } };
    const parameters: IDataObject = { queue: 'work', options: { payloadStore } };
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
