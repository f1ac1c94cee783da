import type { IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import { findDelivery, type DeliveryContext } from '../../../nodes/shared/findDelivery';

const node = { id: 'n', name: 'Complete', type: 'x', typeVersion: 1 } as INode;

interface Around {
  readonly item?: INodeExecutionData['json'];
  /** What n8n says started the run; older hosts do not say. */
  readonly started?: string;
  readonly before?: { name: string; type: string; disabled: boolean }[];
  readonly evaluate?: (expression: string) => unknown;
}

const context = ({ item = {}, started, before = [], evaluate }: Around): DeliveryContext => ({
  getNode: () => node,
  getInputData: () => [{ json: item }],
  getParentNodes: (() => before) as unknown as IExecuteFunctions['getParentNodes'],
  getExecutionContext: () =>
    started === undefined
      ? undefined
      : ({ triggerNode: { name: started, type: 'x' } } as ReturnType<
          IExecuteFunctions['getExecutionContext']
        >),
  evaluateExpression: (expression) => {
    if (!evaluate) throw new Error('paired item lost');
    return evaluate(expression) as string;
  },
});

const paired = (expression: string) => expression.includes('.item.json.swarm.delivery');

describe('the delivery of an item', () => {
  it('is what the field says, before anything else', () => {
    const around = { item: { swarm: { delivery: 'of the item' } }, started: 'T' };
    expect(findDelivery(context(around), 0, 'given')).toBe('given');
  });

  it('is what the item says of itself, before its pairing', () => {
    const item = { swarm: { delivery: 'of the item' } };
    const around = { item, started: 'T', evaluate: () => 'of the pairing' };
    expect(findDelivery(context(around), 0, undefined)).toBe('of the item');
  });

  it("is that of the trigger's paired item, whatever the trigger is called", () => {
    const asked: string[] = [];
    const evaluate = (expression: string) => (asked.push(expression), 'of the pairing');
    const around = { started: 'My "first" trigger', evaluate };
    expect(findDelivery(context(around), 0, undefined)).toBe('of the pairing');
    expect(asked).toEqual(['{{ $("My \\"first\\" trigger").item.json.swarm.delivery }}']);
  });

  it('is the only one of the run when the pairing is lost', () => {
    const evaluate = (expression: string) => {
      if (paired(expression)) throw new Error('paired item lost');
      return 'the only one';
    };
    expect(findDelivery(context({ started: 'T', evaluate }), 0, undefined)).toBe('the only one');
  });

  it('is found by the trigger before the node on hosts that do not name what started the run', () => {
    const before = [
      { name: 'Set', type: 'n8n-nodes-base.set', disabled: false },
      { name: 'Off', type: 'n8n-nodes-agent-swarm.agentSwarmTrigger', disabled: true },
      { name: 'T', type: 'n8n-nodes-agent-swarm.agentSwarmTrigger', disabled: false },
    ];
    const evaluate = (expression: string) => (expression.includes('$("T")') ? 'found' : undefined);
    expect(findDelivery(context({ before, evaluate }), 0, undefined)).toBe('found');
  });

  it.each<[string, Around]>([
    ['the run began elsewhere', { started: 'Parent', evaluate: undefined }],
    [
      'the trigger gave out several and the pairing is lost',
      { started: 'T', evaluate: () => null },
    ],
    [
      'two triggers come before the node',
      {
        before: ['T1', 'T2'].map((name) => ({
          name,
          type: 'p.agentSwarmTrigger',
          disabled: false,
        })),
        evaluate: () => 'of either',
      },
    ],
    ['what stands in its place is no text', { item: { swarm: { delivery: 7 } } }],
  ])('is never guessed: %s', (_why, around) => {
    expect(() => findDelivery(context(around), 0, undefined)).toThrow(
      expect.objectContaining({
        name: 'NodeOperationError',
        message: 'Delivery: it is not clear which delivery this item belongs to',
        context: expect.objectContaining({ itemIndex: 0 }),
      }),
    );
  });
});
