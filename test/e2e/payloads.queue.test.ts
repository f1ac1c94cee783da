import { startFaultProxy, type FaultProxy } from '../support/faultProxy';
import { startPostgres, type Postgres } from '../support/postgres';
import { psql } from '../support/psql';
import { plainObject } from '../support/plainObjects';
import { ACTION, startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';
import { startSwift, type Swift } from '../support/swift';
import { watchTasks, type Tasks } from '../support/watchTasks';
import { draft, inTurn, nodesOf, publish, type NodeDraft } from '../support/workflowNodes';

jest.setTimeout(300_000);

const TABLE = 'swarm_claims';
const CHARS = 200_000;

let world: SwarmWorld;
let tasks: Tasks;
let postgres: Postgres;
let swift: Swift;
/** n8n reaches PostgreSQL and S3 through these alone. */
let ways: { readonly postgres: FaultProxy; readonly s3: FaultProxy };

beforeAll(async () => {
  [world, postgres, swift] = await Promise.all([
    startSwarmWorld({ mode: 'queue', workers: 1 }),
    startPostgres(),
    startSwift(),
  ]);
  ways = {
    postgres: await startFaultProxy({ port: postgres.port }),
    s3: await startFaultProxy({ port: swift.port }),
  };
  tasks = await watchTasks(world.keys);
  await publishBoth();
});
afterAll(async () => {
  tasks?.stop();
  await world?.stop();
  await Promise.all([ways?.postgres.stop(), ways?.s3.stop()]);
  await Promise.all([postgres?.stop(), swift?.stop()]);
});

/** `plan` dispatches a large text by way of each store, `work` tells the witness how long it came. */
async function publishBoth(): Promise<void> {
  const { n8n, credentials, witness } = world;
  const { user, password, database } = postgres;
  const at = { host: '127.0.0.1', port: ways.postgres.port };
  const login = { user, password, database, ssl: 'disable' };
  const stores = {
    postgres: await n8n.api.createCredential({
      name: 'payloads in a database',
      type: 'postgres',
      data: { ...at, ...login },
    }),
    s3: await n8n.api.createCredential({
      name: 'payloads in a bucket',
      type: 's3',
      data: { ...swift.credential, endpoint: ways.s3.through(swift.credential.endpoint) },
    }),
  };
  const node = nodesOf(credentials, witness.url);
  const places = { postgres: { table: TABLE }, s3: { bucket: swift.bucket } };
  const dispatch = (kind: 'postgres' | 's3'): NodeDraft => ({
    name: `By ${kind}`,
    type: ACTION,
    typeVersion: 1,
    parameters: {
      resource: 'task',
      operation: 'dispatch',
      queue: 'work',
      intent: kind,
      data: `={{ { text: 'x'.repeat(${CHARS}) } }}`,
      runOncePer: 'task_id',
      options: {
        taskId: `={{ $('Trigger').item.json.task_id }}-${kind}`,
        payloadStore: { chosen: { kind, ...places[kind] } },
      },
    },
    credentials: {
      agentSwarmRabbitMqApi: credentials.agentSwarmRabbitMqApi,
      [kind]: stores[kind],
    },
  });
  const plan = [
    node.trigger('plan', { firstDelaySeconds: 1 }),
    dispatch('postgres'),
    dispatch('s3'),
    node.task('Complete', 'complete'),
  ];
  await publish(n8n, draft('plan', plan, inTurn('Trigger', 'By postgres', 'By s3', 'Complete')));
  const both = { kind: ['postgres', 's3'], ...places.postgres, ...places.s3 };
  const reading = node.trigger('work', { payloadStore: { chosen: both } });
  const work = [
    { ...reading, credentials: { ...reading.credentials, ...stores } },
    node.effect(undefined, '={{ { chars: ($json.payload ?? $json.data).text.length } }}'),
    node.task('Complete', 'complete'),
  ];
  await publish(n8n, draft('work', work, inTurn('Trigger', 'Effect', 'Complete')));
}

const seen = (id: string) => world.witness.bodies(id).map((body) => JSON.parse(body) as unknown);
const rows = async () =>
  (await psql(postgres, postgres.database, `SELECT id FROM ${TABLE}`)).flat();
const objects = async () =>
  [...(await plainObject(swift, 'GET', '')).text.matchAll(/<Key>agent-swarm\/(.+?)<\/Key>/g)].map(
    ([, id]) => id,
  );

test('large data goes by way of PostgreSQL and of S3, and nothing of it is left in Redis', async () => {
  const { plain, witness, keys } = world;
  await plain.publish('plan', { task_id: 'a', intent: 'plan' });
  await witness.waitFor(({ distinct }) => distinct === 2, 120_000);
  await tasks.named('|work}:task:a-s3', 'done');
  expect([seen('a-postgres'), seen('a-s3')]).toEqual([[{ chars: CHARS }], [{ chars: CHARS }]]);
  expect([await rows(), await objects()]).toEqual([[expect.any(String)], [expect.any(String)]]);
  expect((await keys.keys()).filter((key) => key.includes('claim'))).toEqual([]);
});

test('tasks whose stores are away wait for them, and run once', async () => {
  const { plain, witness } = world;
  const [[row], [object]] = [await rows(), await objects()];
  for (const way of [ways.postgres, ways.s3]) {
    await way.close();
    way.cut();
  }
  await plain.publish('work', { task_id: 'in-pg', intent: 'read', ref: `claim:pg:${row}` });
  await plain.publish('work', { task_id: 'in-s3', intent: 'read', ref: `claim:s3:${object}` });
  await plain.publish('plan', { task_id: 'b', intent: 'plan' });
  // A dispatch that finds no store fails its run, which is tried again.
  const { history } = await tasks.named('|plan}:task:b', 'retrying');
  expect(history).toContain('No PostgreSQL answers');
  await plain.waitForUnacked('work', 2);
  expect([seen('in-pg'), seen('in-s3'), seen('b-postgres')]).toEqual([[], [], []]);
  await Promise.all([ways.postgres.open(), ways.s3.open()]);
  await witness.waitFor(({ distinct }) => distinct === 6, 120_000);
  await tasks.named('|plan}:task:b', 'done');
  for (const id of ['in-pg', 'in-s3', 'b-postgres', 'b-s3']) {
    expect(seen(id)).toEqual([{ chars: CHARS }]);
  }
  await plain.waitForUnacked('work', 0);
  expect(await plain.depth('work.dead')).toMatchObject({ ready: 0 });
});
