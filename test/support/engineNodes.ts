import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

type Act = (items: INodeExecutionData[], context: IExecuteFunctions) => INodeExecutionData[];

function node(name: string, group: 'trigger' | 'transform', act: Act): INodeType {
  return {
    description: {
      displayName: name,
      name,
      group: [group],
      version: 1,
      description: name,
      defaults: { name },
      inputs: group === 'trigger' ? [] : ['main'],
      outputs: ['main'],
      properties: [{ displayName: 'Asked', name: 'asked', type: 'string', default: COMPUTED }],
    },
    execute(this: IExecuteFunctions) {
      return Promise.resolve([act(this.getInputData(), this)]);
    },
  };
}

/** An expression that no short cut can answer. */
export const COMPUTED = '={{ "pg:documents/" + $json.id }}';

export const passThrough = (name: string, group: 'trigger' | 'transform'): INodeType =>
  node(name, group, (items) =>
    items.map(({ json, binary }, item) => ({ json, binary, pairedItem: { item } })),
  );

/** What a workflow may do to its items before they come to a node of the pack. */
export const betweenNodes = {
  'test.nothing': passThrough('nothing', 'transform'),
  /** As Code or an AI Agent does: other data, paired. */
  'test.replace': node('replace', 'transform', (items) =>
    items.map((_item, item) => ({ json: { other: item }, pairedItem: { item } })),
  ),
  /** Two items of each, paired. */
  'test.split': node('split', 'transform', (items) =>
    items.flatMap((_item, item) =>
      [1, 2].map((part) => ({ json: { part }, pairedItem: { item } })),
    ),
  ),
  /** As Aggregate does: one item of all, and the pairing is lost. */
  'test.aggregate': node('aggregate', 'transform', () => [{ json: { all: true }, pairedItem: [] }]),
  /** Asks n8n's expression engine once an item, and gives nothing on. */
  'test.evaluate': node('evaluate', 'transform', (items, context) => {
    items.forEach((_item, index) => context.getNodeParameter('asked', index));
    return [];
  }),
} satisfies Record<string, INodeType>;

export type Between = keyof typeof betweenNodes;
