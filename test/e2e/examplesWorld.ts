import type { IDataObject } from 'n8n-workflow';

import { personalise, readExample } from '../../scripts/demo/workflows';
import type { SavedWorkflow } from '../support/n8nRecords';
import { startObjectStore, type ObjectStore } from '../support/objectStore';
import { startOwning } from '../support/owned';
import { startPostgres, type Postgres } from '../support/postgres';
import { startProvider, type Provider } from '../support/provider';
import { psql } from '../support/psql';
import { startSwarmWorld, type SwarmWorld } from '../support/swarmWorld';
import { watchTasks, type Tasks } from '../support/watchTasks';

/** What is laid over the parameters of a node, by its name. */
type Changes = Record<string, Record<string, unknown>>;

/** One n8n with everything that the examples are about, and a credential for each. */
export interface ExamplesWorld extends SwarmWorld {
  readonly provider: Provider;
  readonly objects: ObjectStore;
  readonly tasks: Tasks;
  /** What the witness answers an effect with, by how often it was seen; else 200. */
  answerWith(key: string, status: (count: number) => number): void;
  /** Rows of the database that the credential for Postgres is for. */
  sql(query: string): Promise<string[][]>;
  /** Imports an example, chooses its credentials, lays `changes` over it, and publishes it. */
  publish(file: string, changes?: Changes): Promise<SavedWorkflow>;
  /** The options that a node of an example has, with `more` laid over them. */
  optionsOf(file: string, node: string, more: object): Promise<{ options: object }>;
  /** Executes a published workflow by hand, and gives the tasks that one of its nodes sent. */
  send(workflow: SavedWorkflow, dispatcher: string): Promise<Sent[]>;
  /** The result of the first task whose key in Redis has this in it, once it is done. */
  resultOf(part: string): Promise<unknown>;
  /** The failure context of the next dead letter of a queue. */
  deadOf(queue: string): Promise<IDataObject>;
  /** POST to a webhook of a published workflow that sends a task. */
  post(path: string, body: object): Promise<{ status: number; json: Sent }>;
}

/** What a task is known by: to whom works on it, and to Redis. */
export interface Sent {
  readonly task_id: string;
  readonly key: string;
}

const PATIENCE_MS = 120_000;
const DATABASE = 'own';

export function startExamplesWorld(): Promise<ExamplesWorld> {
  const answers = new Map<string, (count: number) => number>();
  return startOwning(async ({ own, onStop, stop }) => {
    const [provider, objects, postgres] = await Promise.all([
      own(startProvider()),
      own(startObjectStore()),
      own(startPostgres()),
    ]);
    await psql(postgres, postgres.database, `CREATE DATABASE ${DATABASE}`);
    const world = await own(
      startSwarmWorld({
        mode: 'queue',
        workers: 1,
        postgres,
        witness: { answer: (key, count) => answers.get(key)?.(count) ?? 200 },
        env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all' },
      }),
    );
    const tasks = await watchTasks(world.keys);
    onStop(() => Promise.resolve(tasks.stop()));
    const { api, url } = world.n8n;
    const known = { ...world.credentials, ...(await credentials()) };

    return {
      ...world,
      ...{ provider, objects, tasks, stop },
      answerWith: (key, status) => void answers.set(key, status),
      sql: (query) => psql(postgres, DATABASE, query),
      async publish(file, changes = {}) {
        const made = personalise(await readExample(file), known, changes);
        const workflow = await api.createWorkflow(made);
        await api.activate(workflow);
        return workflow;
      },
      async optionsOf(file, name, more) {
        const { nodes } = await readExample(file);
        const found = nodes.find((node) => node.name === name)?.parameters.options as object;
        return { options: { ...found, ...more } };
      },
      async send({ id }, dispatcher) {
        const { executionId } = await api.runManually(id, 'When You Say So');
        const { data } = await api.executionEnd(String(executionId));
        expect(data?.resultData.error?.message).toBeUndefined();
        const [run] = data?.resultData.runData[dispatcher] ?? [];
        return (run?.data?.main?.[0] ?? []).map(({ json }) => json as unknown as Sent);
      },
      async resultOf(part) {
        const { result = '{}' } = await tasks.named(part, 'done', PATIENCE_MS);
        return (JSON.parse(result) as { result: unknown }).result;
      },
      async deadOf(queue) {
        const [letter] = await world.plain.take(`${queue}.dead`, 1, PATIENCE_MS);
        return JSON.parse(String(letter?.headers['x-swarm-failure'])) as IDataObject;
      },
      async post(path, body) {
        const answer = await fetch(`${url}/webhook/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        return { status: answer.status, json: (await answer.json()) as Sent };
      },
    };

    async function credentials() {
      const create = (type: string, data: Record<string, unknown>) =>
        api.createCredential({ name: type, type, data });
      return {
        openAiApi: await create('openAiApi', { apiKey: 'any', url: provider.url }),
        postgres: await create('postgres', ofPostgres(postgres)),
        s3: await create('s3', ofObjects(objects)),
      };
    }
  });
}

const ofPostgres = ({ host, port, user, password }: Postgres) => ({
  ...{ host, port, user, password },
  ...{ database: DATABASE, ssl: 'disable' },
});

const ofObjects = ({ url, accessKeyId, secretAccessKey }: ObjectStore) => ({
  ...{ endpoint: url, accessKeyId, secretAccessKey },
  ...{ region: 'us-east-1', forcePathStyle: true },
});
