import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Between } from '../../support/engineNodes';
import { NO_RETRY } from '../../support/world';
import { startWordWorld, TEST_ITEM, verdictsOf, type WordWorld } from './wordWorld';

jest.setTimeout(120_000);

describe('Agent Swarm, Task: Complete, in n8n', () => {
  let world: WordWorld;

  beforeAll(async () => {
    world = await startWordWorld();
  });

  afterAll(async () => {
    await world.end();
  });

  const complete = (
    items: INodeExecutionData[],
    options: IDataObject = {},
    between?: Between,
    onError?: 'continueRegularOutput',
  ) => world.say('complete', items, { options }, { between, onError });

  it('makes the task of its item done whatever becomes of the run, and lets the item pass unchanged', async () => {
    const { settled, items } = await world.deliveries(1, NO_RETRY);
    const ran = await complete(items);
    expect(ran.error).toBeUndefined();
    expect(ran.items.map(({ json }) => json)).toEqual(items.map(({ json }) => json));
    expect(await settled()).toMatchObject([{ verdict: { kind: 'done' } }]);
  });

  it('tells whether it recorded the end, was late, or was a test', async () => {
    const { items } = await world.deliveries(1);
    const result = { includeResult: true };
    const [first] = (await complete(items, result)).items;
    expect(first?.json.completed).toEqual({ recorded: true, already: false, test: false });
    const [again] = (await complete(items, result)).items;
    expect(again?.json.completed).toMatchObject({ recorded: false, already: true, test: false });
    const [shown] = (await complete([TEST_ITEM], result)).items;
    expect(shown?.json.completed).toEqual({ recorded: false, already: false, test: true });
  });

  it.each<[string, Between, number]>([
    ['after a node that replaced the data', 'test.replace', 2],
    ['after a node that made several items of each', 'test.split', 2],
    ['after a node that lost the pairing, when the run has one delivery', 'test.aggregate', 1],
  ])('finds the delivery %s', async (_where, between, count) => {
    const { settled, items } = await world.deliveries(count, NO_RETRY);
    const ran = await complete(items, { includeResult: true }, between);
    expect(ran.error).toBeUndefined();
    expect(ran.items.every(({ json }) => (json.completed as IDataObject).recorded)).toBe(true);
    expect((await settled()).map(({ verdict }) => verdict.kind)).toEqual(Array(count).fill('done'));
  });

  it('completes what the option names, of all there is', async () => {
    const { settled, items } = await world.deliveries(2, NO_RETRY);
    const second = items.find(({ json }) => json.task_id === 't1');
    const delivery = (second?.json.swarm as IDataObject).delivery as string;
    await complete([{ json: {} }], { delivery });
    expect(verdictsOf(await settled())).toMatchObject({
      t0: { kind: 'dead' },
      t1: { kind: 'done' },
    });
  });

  it('never guesses: several deliveries and no pairing is an error, and nothing is recorded', async () => {
    const { settled, items } = await world.deliveries(2, NO_RETRY);
    const { error } = await complete(items, {}, 'test.aggregate');
    expect(error).toMatchObject({
      message: 'Delivery: it is not clear which delivery this item belongs to',
      description: expect.stringContaining('option Delivery'),
    });
    expect((await settled()).map(({ verdict }) => verdict.kind)).toEqual(['dead', 'dead']);
  });

  it('refuses what is no delivery, alone when it is to continue', async () => {
    const { items } = await world.deliveries(1);
    const bad = { json: { swarm: { delivery: 'made up' } } };
    const ran = await complete([bad, ...items], {}, undefined, 'continueRegularOutput');
    expect(ran.items).toMatchObject([
      { json: { details: { field: 'Delivery' } }, pairedItem: { item: 0 } },
      { json: { task_id: 't0' }, pairedItem: { item: 1 } },
    ]);
  });

  it('tells the trigger which execution it runs in', async () => {
    const { items } = await world.deliveries(1);
    const { metadata, executionId } = await complete(items);
    expect(metadata).toEqual({ swarm_execution: executionId });
  });
});
