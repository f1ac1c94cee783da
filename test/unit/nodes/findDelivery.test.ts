import type { INode, INodeExecutionData, IRunExecutionData } from 'n8n-workflow';

import {
  deliveriesInReach,
  DeliveryFinder,
  type DeliveryContext,
} from '../../../nodes/shared/findDelivery';

const node = { id: 'n', name: 'Complete', type: 'x', typeVersion: 1 } as INode;
const TRIGGER = 'n8n-nodes-agent-swarm.agentSwarmTrigger';
const CALLED = 'n8n-nodes-base.executeWorkflowTrigger';

type Items = INodeExecutionData[];
const item = (delivery?: unknown): INodeExecutionData => ({
  json: delivery === undefined ? {} : { task_id: 't', swarm: { delivery: delivery as string } },
});

interface Around {
  readonly items?: Items;
  /** What n8n says started the run; older hosts do not say. */
  readonly started?: string;
  readonly before?: { name: string; type: string; disabled: boolean }[];
  /** Nodes that have run in this workflow. */
  readonly ran?: Record<string, Items>;
  /** Index of the first item a node gave out that an item is paired with; undefined where the pairing is lost. */
  readonly paired?: (index: number) => number | undefined;
  readonly parent?: string;
  readonly records?: Record<string, object>;
}

interface Asked {
  nodes: string[];
  records: string[];
}

function around(given: Around): { context: DeliveryContext; asked: Asked } {
  const { items = [item()], started, before = [], ran = {}, paired, parent, records = {} } = given;
  const asked: Asked = { nodes: [], records: [] };
  const trace = (name: string, whole: boolean) => {
    asked.nodes.push(name);
    const all = ran[name];
    if (!all || !whole) throw new Error("Referenced node doesn't exist");
    return {
      all: () => all,
      pairedItem(index: number) {
        const from = paired?.(index);
        if (from === undefined) throw new Error('paired item lost');
        return all[from];
      },
    };
  };
  const context = {
    getNode: () => node,
    getInputData: () => items,
    getParentNodes: () => before,
    getWorkflowDataProxy: () => ({ $: trace }),
    getExecutionContext: () => ({
      ...(started !== undefined && { triggerNode: { name: started, type: TRIGGER } }),
      ...(parent !== undefined && { parentExecutionId: parent }),
    }),
    async getExecutionDataById(id: string) {
      asked.records.push(id);
      if (records[id] === undefined) throw new Error('no such execution');
      return records[id] as IRunExecutionData;
    },
  };
  return { context: context as unknown as DeliveryContext, asked };
}

const find = (given: Around, field?: string, index = 0) =>
  new DeliveryFinder(around(given).context).find(index, field);

/** What n8n keeps of a run that has just begun. */
const begun = (items: Items, parent?: string) => ({
  executionData: { nodeExecutionStack: [{ source: null, data: { main: [items] } }] },
  resultData: { runData: {} },
  ...(parent !== undefined && { parentExecution: { executionId: parent } }),
});

describe('the delivery of an item', () => {
  it('is what the field says, before anything else', async () => {
    const given = { items: [item('of the item')], started: 'T' };
    expect(await find(given, 'given')).toBe('given');
  });

  it('is what the item says of itself, before its pairing', async () => {
    const given = {
      items: [item('of the item')],
      started: 'T',
      ran: { T: [item('of the pairing')] },
      paired: () => 0,
    };
    expect(await find(given)).toBe('of the item');
  });

  it("is that of the trigger's paired item, whatever the trigger is called", async () => {
    const name = 'My "first" trigger';
    const given = {
      items: [item(), item()],
      started: name,
      ran: { [name]: [item('a'), item('b')] },
      paired: (index: number) => 1 - index,
    };
    const { context, asked } = around(given);
    const finder = new DeliveryFinder(context);
    expect([await finder.find(0, undefined), await finder.find(1, undefined)]).toEqual(['b', 'a']);
    expect(asked).toEqual({ nodes: [name], records: [] });
  });

  it('is the only one of the run when the pairing is lost', async () => {
    expect(await find({ started: 'T', ran: { T: [item('the only one')] } })).toBe('the only one');
  });

  it('is found by the trigger before the node on hosts that do not name what started the run', async () => {
    const before = [
      { name: 'Set', type: 'n8n-nodes-base.set', disabled: false },
      { name: 'Off', type: TRIGGER, disabled: true },
      { name: 'Other', type: TRIGGER, disabled: false },
      { name: 'T', type: TRIGGER, disabled: false },
    ];
    const ran = { Set: [item('wrong')], Off: [item('wrong')], T: [item('right')] };
    expect(await find({ before, ran })).toBe('right');
  });

  it.each<[string, Around]>([
    [
      'the trigger gave out several and the pairing is lost',
      { started: 'T', ran: { T: [item('a'), item('b')] } },
    ],
    ['what stands in its place is no text', { items: [item(7)] }],
    ['a caller is unknown to n8n', { started: 'T', parent: '1' }],
    ['a caller works on several', { parent: '1', records: { 1: begun([item('a'), item('b')]) } }],
  ])('is never guessed: %s', async (_why, given) => {
    await expect(find(given)).rejects.toMatchObject({
      name: 'NodeOperationError',
      message: expect.stringContaining(
        'Delivery: it is not clear which delivery this item belongs to',
      ),
      context: { itemIndex: 0 },
    });
  });
});

describe('in a sub-workflow', () => {
  const start = [{ name: 'Start', type: CALLED, disabled: false }];

  it('is that of the item the sub-workflow began with', async () => {
    const given = {
      started: 'Trigger of the caller',
      before: start,
      ran: { Start: [item('a'), item('b')] },
      paired: () => 1,
      parent: '1',
      records: { 1: begun([item('a'), item('b')]) },
    };
    expect(await find(given)).toBe('b');
  });

  it('is the one its caller began with, asked for once', async () => {
    const { context, asked } = around({
      items: [item(), item()],
      before: start,
      ran: { Start: [item(), item()] },
      parent: '1',
      records: { 1: begun([item('of the caller')]) },
    });
    const finder = new DeliveryFinder(context);
    const found = await Promise.all([0, 1].map((index) => finder.find(index, undefined)));
    expect(found).toEqual(['of the caller', 'of the caller']);
    expect(asked.records).toEqual(['1']);
  });

  it('is that of a caller further up, when those between have none', async () => {
    const records = { 3: begun([item()], '2'), 2: begun([item()], '1'), 1: begun([item('a')]) };
    expect(await find({ parent: '3', records })).toBe('a');
  });

  it('is found in a record that n8n saved on the way, as one at a Wait node', async () => {
    const saved = {
      executionData: {
        nodeExecutionStack: [{ source: { main: [{}] }, data: { main: [[item('later')]] } }],
      },
      resultData: {
        runData: {
          Trigger: [{ source: [], data: { main: [[item('first')]] } }],
          Set: [{ source: [{ previousNode: 'Trigger' }], data: { main: [[item('other')]] } }],
        },
      },
    };
    expect(await find({ parent: '1', records: { 1: saved } })).toBe('first');
  });

  it('looks no further than ten callers up, should they go round', async () => {
    const { context, asked } = around({ parent: '1', records: { 1: begun([item()], '1') } });
    await expect(new DeliveryFinder(context).find(0, undefined)).rejects.toThrow('not clear');
    expect(asked.records).toHaveLength(10);
  });
});

describe('the deliveries that a node may touch in passing', () => {
  it('are the different ones that its items name', () => {
    const { context, asked } = around({ items: [item('a'), item(), item('b'), item('a')] });
    expect(deliveriesInReach(context)).toEqual(['a', 'b']);
    expect(asked.nodes).toEqual([]);
  });

  it('else the only one that the run began with', () => {
    const ran = { T: [item('a')] };
    expect(deliveriesInReach(around({ started: 'T', ran }).context)).toEqual(['a']);
  });

  it('none of several that the run began with: which of them passes is not worth asking', () => {
    const ran = { T: [item('a'), item('b')] };
    expect(deliveriesInReach(around({ started: 'T', ran, paired: () => 0 }).context)).toEqual([]);
  });
});

describe('the whole task of a delivery', () => {
  const whole = (name: string, delivery: string): INodeExecutionData => ({
    json: { task_id: name, intent: 'x', swarm: { delivery } },
  });
  const named = (given: Around, delivery: string) =>
    new DeliveryFinder(around(given).context).taskNamed(0, delivery)?.task_id;
  const started = { started: 'Trigger', ran: { Trigger: [whole('a', 'A'), whole('b', 'B')] } };

  it('is the item itself when it still has all of it', () => {
    expect(named({ ...started, items: [whole('own', 'A')] }, 'A')).toBe('own');
  });

  it('is not an item that names the delivery and has lost the rest', () => {
    expect(named({ ...started, items: [item('A')], paired: () => 0 }, 'A')).toBe('a');
    expect(named({ items: [item('A')] }, 'A')).toBeUndefined();
  });

  it('is that of the delivery that was asked for, not the one the item is paired with', () => {
    expect(named({ ...started, paired: () => 0 }, 'B')).toBe('b');
    expect(named({ ...started, paired: () => undefined }, 'B')).toBe('b');
  });
});
