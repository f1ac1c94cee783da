import { Budgets } from '../../src/budget/budgets';
import { messageOf } from '../../src/contract/errors';
import { storeSchema } from '../../src/contract/settings';
import { Store } from '../../src/store/store';
import { freePort } from '../support/freePort';
import { startFaultProxy } from '../support/faultProxy';
import {
  ACTION,
  brokerCredential,
  chain,
  completeNode,
  effectNode,
  startSwarmWorld,
  STORE_PREFIX,
  storeCredential,
  TRIGGER,
  triggerNode,
  type SwarmWorld,
} from '../support/swarmWorld';

jest.setTimeout(300_000);

let world: SwarmWorld;
beforeAll(async () => {
  world = await startSwarmWorld({
    mode: 'single',
    env: { EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all', EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true' },
  });
});
afterAll(async () => {
  await world?.stop();
});

const noOp = { name: 'End', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };

const SECRET = 'Unmistakable/pass word';

test('publishing says what is wrong, and no password, nor does the log', async () => {
  const { api } = world.n8n;
  const port = await freePort();
  const publish = async (
    broker: object,
    store: object,
    parameters: Record<string, unknown> = {},
  ): Promise<string> => {
    const credentials = {
      agentSwarmRabbitMqApi: await api.createCredential(
        brokerCredential(world.broker.port, broker),
      ),
      agentSwarmRedisApi: await api.createCredential(storeCredential(world.redis.port, store)),
    };
    const draft = chain('wrong', [triggerNode(credentials, 'wrong', parameters), noOp]);
    const workflow = await api.createWorkflow(draft);
    return await api.activate(workflow).then(
      () => 'published',
      (error: unknown) => messageOf(error),
    );
  };
  // n8n tries for about 15 s before it says so, so all of them at once.
  const said = await Promise.all([
    publish({ hosts: `127.0.0.1:${port}` }, {}),
    publish({ vhost: 'nowhere' }, {}),
    publish({ password: SECRET }, {}),
    publish({}, { port }),
    publish({}, {}, { prefetch: 5, options: { batchSize: 10 } }),
  ]);
  expect(said).toEqual([
    expect.stringMatching(/No RabbitMQ answers/),
    expect.stringMatching(/virtual host "nowhere"/),
    expect.stringMatching(/refused the login/),
    expect.stringMatching(/No Redis answers/),
    expect.stringMatching(/Batch Size.*Prefetch/),
  ]);
  const log = world.n8n.logs();
  expect(log).toContain('refused the login');
  for (const form of [SECRET, encodeURIComponent(SECRET), btoa(SECRET)]) {
    expect([...said, log].join('\n')).not.toContain(form);
  }
});

describe('a test by hand', () => {
  test('shows a message of the queue, leaves it there, and records nothing of its Complete', async () => {
    const { n8n, plain, credentials, keys } = world;
    await plain.declare('by-hand');
    await plain.publish('by-hand', { task_id: 'seen', intent: 'x', data: { page: 3 } });
    const workflow = await n8n.api.createWorkflow(
      chain('by hand', [triggerNode(credentials, 'by-hand'), completeNode(credentials)]),
    );
    const { executionId } = await n8n.api.runManually(workflow.id, 'Trigger');
    const ended = await n8n.api.executionEnd(String(executionId));
    expect(ended.status).toBe('success');
    const [run] = ended.data?.resultData.runData.Trigger ?? [];
    expect(run?.data?.main?.[0]?.[0]?.json).toMatchObject({
      task_id: 'seen',
      data: { page: 3 },
      swarm: { queue: 'by-hand', attempt: 1, test: true },
    });
    await plain.waitForDepth('by-hand', 1);
    expect((await keys.keys()).filter((key) => key.includes('by-hand'))).toEqual([]);
  });

  test('with JSON of the form touches no queue and does not close the published consumer', async () => {
    const { n8n, plain, credentials, witness } = world;
    const testing = { testWith: 'json', testJson: '{"task_id": "typed", "intent": "x"}' };
    const workflow = await n8n.api.createWorkflow(
      chain('published', [
        triggerNode(credentials, 'published', { options: testing }),
        effectNode(witness),
      ]),
    );
    await n8n.api.activate(workflow);
    const { executionId } = await n8n.api.runManually(workflow.id, 'Trigger');
    expect((await n8n.api.executionEnd(String(executionId))).status).toBe('success');
    expect(witness.counts().get('typed')).toBe(1);
    expect(await plain.depth('published')).toEqual({ ready: 0, consumers: 1 });
    await plain.publish('published', { task_id: 'real', intent: 'x' });
    await witness.waitFor((seen) => seen.counts().get('real') === 1);
    await n8n.api.deactivate(workflow.id);
  });

  test('of a queue that is not there says so', async () => {
    const { n8n, credentials } = world;
    const workflow = await n8n.api.createWorkflow(
      chain('missing', [triggerNode(credentials, 'missing'), noOp]),
    );
    const { executionId } = await n8n.api.runManually(workflow.id, 'Trigger');
    const ended = await n8n.api.executionEnd(String(executionId));
    expect(ended.status).toBe('error');
    expect(JSON.stringify(ended.data?.resultData.error)).toContain('missing');
  });
});

test('what Dispatch sends, the trigger runs: large data comes whole, a second run sends duplicates', async () => {
  const { n8n, credentials, witness, plain } = world;
  const consuming = await n8n.api.createWorkflow(
    chain('consume', [triggerNode(credentials, 'round'), effectNode(witness)]),
  );
  await n8n.api.activate(consuming);
  const dispatching = await n8n.api.createWorkflow(
    chain('dispatch', [
      { name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
      {
        name: 'Items',
        type: 'n8n-nodes-base.code',
        typeVersion: 2,
        parameters: {
          jsCode:
            "return [1, 2, 3].map((n) => ({ json: { n, text: 'x'.repeat(n === 3 ? 200000 : 10) } }));",
        },
      },
      {
        name: 'Dispatch',
        type: ACTION,
        typeVersion: 1,
        parameters: {
          resource: 'task',
          operation: 'dispatch',
          to: 'queue',
          queue: 'round',
          intent: 'extract',
          ref: '=pg:documents/{{ $json.n }}',
          data: '={{ { text: $json.text } }}',
          options: { taskId: '=round-{{ $json.n }}' },
        },
        credentials,
      },
    ]),
  );
  const run = async () => {
    const { executionId } = await n8n.api.runManually(dispatching.id, 'Start');
    return await n8n.api.executionEnd(String(executionId));
  };
  const first = await run();
  expect(first.data?.resultData.error?.message).toBeUndefined();
  const sent = first.data?.resultData.runData.Dispatch?.[0]?.data?.main?.[0] ?? [];
  expect(sent.map(({ json }) => json.task_id)).toEqual(['round-1', 'round-2', 'round-3']);
  await witness.waitFor((seen) => [1, 2, 3].every((n) => seen.counts().has(`round-${n}`)));
  const large = JSON.parse(witness.bodies('round-3')[0] ?? '{}') as { data: { text: string } };
  expect(large.data.text).toHaveLength(200_000);
  await run();
  await plain.waitForDepth('round', 0);
  await plain.waitForUnacked('round', 0, 120_000);
  expect([1, 2, 3].map((n) => witness.counts().get(`round-${n}`))).toEqual([1, 1, 1]);
  await n8n.api.deactivate(consuming.id);
});

test('restarted while RabbitMQ is away, n8n keeps trying and consumes when it is back', async () => {
  const { n8n, broker, witness, plain } = world;
  const proxy = await startFaultProxy({ port: broker.port });
  const credentials = {
    ...world.credentials,
    agentSwarmRabbitMqApi: await n8n.api.createCredential(brokerCredential(proxy.port)),
  };
  const workflow = await n8n.api.createWorkflow(
    chain('patient', [triggerNode(credentials, 'patient'), effectNode(witness)]),
  );
  await n8n.api.activate(workflow);
  await proxy.close();
  proxy.cut();
  await n8n.restartMain();
  expect((await plain.depth('patient')).consumers).toBe(0);
  await proxy.open();
  await plain.publish('patient', { task_id: 'after', intent: 'x' });
  await witness.waitFor((seen) => seen.counts().get('after') === 1);
  await n8n.api.deactivate(workflow.id);
  await proxy.stop();
});

describe('a budget', () => {
  const NAME = 'openai-main';
  const waiting = (more: object) => ({
    options: {
      budget: { chosen: { budget: { __rl: true, mode: 'list', value: NAME }, ...more } },
    },
  });

  test('is asked for when there is none, is offered by name, and is what tasks wait for', async () => {
    const { n8n, plain, redis, credentials, witness } = world;
    const publishWith = async (more: object) => {
      const nodes = [
        triggerNode(credentials, 'budgeted', waiting(more)),
        effectNode(witness),
        completeNode(credentials),
      ];
      const workflow = await n8n.api.createWorkflow(chain('budgeted', nodes));
      await n8n.api.activate(workflow);
    };
    await expect(publishWith({})).rejects.toThrow(/Budget: there is none of the name/);

    const store = await Store.open(
      storeSchema.parse({ kind: 'standalone', port: redis.port, prefix: STORE_PREFIX }),
      'once',
    );
    const budgets = new Budgets(store);
    await budgets.create(NAME, { calls: 1 }, { ifThere: 'keep', isNew: true });
    await budgets.create('other', { calls: 1 }, { ifThere: 'keep', isNew: true });
    const list = await n8n.api.rest('POST', '/dynamic-node-parameters/resource-locator-results', {
      path: 'parameters.options.budget.chosen.budget',
      methodName: 'searchBudgets',
      filter: 'OPENAI',
      nodeTypeAndVersion: { name: TRIGGER, version: 1 },
      currentNodeParameters: {},
      credentials,
    });
    expect(list).toEqual({ results: [{ name: NAME, value: NAME }] });

    const held = await budgets.reserve(NAME, { id: 'somebody', leaseMs: 60_000 });
    expect(held.kind).toBe('granted');
    await publishWith({ use: 'reserve', requests: 2 });
    await plain.publish('budgeted', { task_id: 'patient', intent: 'x' });
    for (let waits = 0; waits === 0;) waits = (await budgets.state(NAME))?.waiting ?? 0;
    expect(witness.counts().get('patient')).toBeUndefined();
    await budgets.release(NAME, 'somebody');
    await witness.waitFor(() => witness.counts().get('patient') === 1, 60_000);
    for (let calls = 1; calls > 0;) calls = (await budgets.state(NAME))?.calls ?? 0;
    expect((await budgets.state(NAME))?.minute.requests).toBe(2);
    store.close();
  });
});
