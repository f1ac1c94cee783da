import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { TEST_TOKEN } from '../../../src/word/token';
import type { Between } from '../../support/engineNodes';
import { startEngineProcess, type EngineProcess } from '../../support/engineProcess';
import { newWorld, TestHost, type RunningConsumer, type World } from '../../support/world';

jest.setTimeout(120_000);

describe('Agent Swarm, Task: Complete, in n8n', () => {
  let world: World;
  let n8n: EngineProcess;
  let queues = 0;
  const hosts: TestHost[] = [];

  beforeAll(async () => {
    world = await newWorld();
    const store = { ...world.store, type: 'standalone', tls: false };
    n8n = await startEngineProcess({ agentSwarmRedisApi: store });
  });

  afterAll(async () => {
    // A consumer that closes goes on renewing the leases of runs that are still alive.
    for (const run of hosts.flatMap(({ runs }) => runs)) run.end({ kind: 'succeeded' });
    await n8n.stop();
    await world.end();
  });

  /** Deliveries whose runs do not end by themselves: only the word can settle them. */
  const deliveries = async (
    count: number,
  ): Promise<{ running: RunningConsumer; items: INodeExecutionData[] }> => {
    const queue = `work-${(queues += 1)}`;
    const host = new TestHost(() => undefined);
    hosts.push(host);
    const running = await world.consume({ queue }, host);
    for (let index = 0; index < count; index += 1) {
      const body = { task_id: `t${index}`, intent: 'x' };
      await world.plain.publish(queue, body, { messageId: `t${index}` });
    }
    await running.host.started(count);
    const json = running.host.runs.flatMap(({ items }) => items) as unknown as IDataObject[];
    return { running, items: json.map((item) => ({ json: item })) };
  };

  /** Ends the runs as failed and waits: what is done then is so by the word alone. */
  const settledBy = async (running: RunningConsumer, count: number) => {
    const error = { name: 'Error', message: 'after the word' };
    for (const run of running.host.runs) run.end({ kind: 'failed', error });
    return await running.settled(count);
  };

  const complete = (
    items: INodeExecutionData[],
    options: IDataObject = {},
    between?: Between,
    onError?: 'continueRegularOutput',
  ) =>
    n8n.run({
      parameters: { resource: 'task', operation: 'complete', options },
      items,
      between,
      onError,
    });

  it('makes the task of its item done whatever becomes of the run, and lets the item pass unchanged', async () => {
    const { running, items } = await deliveries(1);
    const ran = await complete(items);
    expect(ran.error).toBeUndefined();
    expect(ran.items.map(({ json }) => json)).toEqual(items.map(({ json }) => json));
    expect(await settledBy(running, 1)).toMatchObject([{ verdict: { kind: 'done' } }]);
  });

  it('tells whether it recorded the end, was late, or was a test', async () => {
    const { items } = await deliveries(1);
    const result = { includeResult: true };
    const [first] = (await complete(items, result)).items;
    expect(first?.json.completed).toEqual({ recorded: true, already: false, test: false });
    const [again] = (await complete(items, result)).items;
    expect(again?.json.completed).toEqual({ recorded: false, already: true, test: false });
    const test = { json: { swarm: { delivery: TEST_TOKEN } } };
    const [shown] = (await complete([test], result)).items;
    expect(shown?.json.completed).toEqual({ recorded: false, already: false, test: true });
  });

  it.each<[string, Between, number]>([
    ['after a node that replaced the data', 'test.replace', 2],
    ['after a node that made several items of each', 'test.split', 2],
    ['after a node that lost the pairing, when the run has one delivery', 'test.aggregate', 1],
  ])('finds the delivery %s', async (_where, between, count) => {
    const { running, items } = await deliveries(count);
    const ran = await complete(items, { includeResult: true }, between);
    expect(ran.error).toBeUndefined();
    expect(ran.items.every(({ json }) => (json.completed as IDataObject).recorded)).toBe(true);
    expect((await settledBy(running, count)).map(({ verdict }) => verdict.kind)).toEqual(
      Array(count).fill('done'),
    );
  });

  it('completes what the option names, of all there is', async () => {
    const { running, items } = await deliveries(2);
    const second = items.find(({ json }) => json.task_id === 't1');
    const delivery = (second?.json.swarm as IDataObject).delivery as string;
    await complete([{ json: {} }], { delivery });
    const ends = (await settledBy(running, 2)).map(({ messageId, verdict }) => [
      messageId,
      verdict.kind,
    ]);
    expect(Object.fromEntries(ends)).toEqual({ t0: 'dead', t1: 'done' });
  });

  it('never guesses: several deliveries and no pairing is an error, and nothing is recorded', async () => {
    const { running, items } = await deliveries(2);
    const { error } = await complete(items, {}, 'test.aggregate');
    expect(error).toMatchObject({
      message: 'Delivery: it is not clear which delivery this item belongs to',
      description: expect.stringContaining('option Delivery'),
    });
    expect((await settledBy(running, 2)).map(({ verdict }) => verdict.kind)).toEqual([
      'dead',
      'dead',
    ]);
  });

  it('refuses what is no delivery, alone when it is to continue', async () => {
    const { items } = await deliveries(1);
    const bad = { json: { swarm: { delivery: 'made up' } } };
    const ran = await complete([bad, ...items], {}, undefined, 'continueRegularOutput');
    expect(ran.items).toMatchObject([
      { json: { details: { field: 'Delivery' } }, pairedItem: { item: 0 } },
      { json: { task_id: 't0' }, pairedItem: { item: 1 } },
    ]);
  });

  it('tells the trigger which execution it runs in', async () => {
    const { items } = await deliveries(1);
    const { metadata, executionId } = await complete(items);
    expect(metadata).toEqual({ swarm_execution: executionId });
  });
});
