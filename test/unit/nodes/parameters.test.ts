import type { INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { Parameters, type ParameterContext } from '../../../nodes/shared/parameters';

/** n8n's side, with a count of what it was asked. An expression gives what the test says it does. */
class Form implements ParameterContext {
  readonly asked: string[] = [];

  constructor(
    private readonly parameters: INodeParameters,
    private readonly items: INodeExecutionData[],
    private readonly evaluate: (raw: unknown, index: number) => unknown = (raw) => raw,
    private readonly tool = false,
  ) {}

  getNode = () => ({ parameters: this.parameters }) as INode;
  getInputData = () => this.items;
  isToolExecution = () => this.tool;
  getNodeParameter = ((path: string, index: number) => {
    this.asked.push(`${path}@${index}`);
    const raw = path
      .split('.')
      .reduce<unknown>((at, name) => (at as INodeParameters)[name], this.parameters);
    return this.evaluate(raw, index);
  }) as ParameterContext['getNodeParameter'];
}

const items = (...jsons: INodeExecutionData['json'][]) => jsons.map((json) => ({ json }));

describe('the reader of parameters', () => {
  it('asks n8n once an execution for what holds no expression', () => {
    const form = new Form({ intent: 'x', options: { tenant: 'acme' } }, items({}, {}, {}));
    const parameters = new Parameters(form);
    const intent = parameters.text('intent', 'Intent');
    const tenant = parameters.text('options.tenant', 'Tenant');
    expect([0, 1, 2].map((index) => [intent(index), tenant(index)])).toEqual(
      new Array(3).fill(['x', 'acme']),
    );
    expect(form.asked).toEqual(['intent@0', 'options.tenant@0']);
  });

  it('asks n8n for each item about an expression that computes', () => {
    const form = new Form({ ref: '={{ "pg:" + $json.id }}' }, items({}, {}), (_raw, i) => `r${i}`);
    const ref = new Parameters(form).text('ref', 'Ref');
    expect([ref(0), ref(1)]).toEqual(['r0', 'r1']);
    expect(form.asked).toEqual(['ref@0', 'ref@1']);
  });

  it.each([
    ['={{ $json.ref }}', { ref: 'a' }],
    ['={{$json.ref}}', { ref: 'a' }],
    ['={{ $json["ref"] }}', { ref: 'a' }],
    ["={{ $json['the ref'] }}", { 'the ref': 'a' }],
    ['={{ $json.document.meta["ref"] }}', { document: { meta: { ref: 'a' } } }],
  ])('looks at the item itself for %s', (raw, json) => {
    const form = new Form({ ref: raw }, items(json));
    expect(new Parameters(form).text('ref', 'Ref')(0)).toBe('a');
    expect(form.asked).toEqual([]);
  });

  it.each([
    ['a missing field', '={{ $json.ref }}', {}],
    ['null', '={{ $json.ref }}', { ref: null }],
    ['an inherited property', '={{ $json.toString }}', {}],
    ['the prototype', '={{ $json.__proto__ }}', {}],
    ['a property of a text', '={{ $json.name.length }}', { name: 'abc' }],
    ['an object in a text', '=pg:{{ $json.ref }}', { ref: {} }],
    ['more than one thing in a text', '=pg:{{ $json.ref }}{{ 1 + 1 }}', { ref: 'a' }],
    ['an escaped brace', '=\\{{ $json.ref }}', { ref: 'a' }],
    ['more than a path', '={{ $json.ref.trim() }}', { ref: 'a' }],
    ['another node', '={{ $("Other").item.json.ref }}', { ref: 'a' }],
    ['an index', '={{ $json.refs[0] }}', { refs: ['a'] }],
  ])('leaves %s to n8n', (_what, raw, json) => {
    const form = new Form({ ref: raw }, items(json), () => 'by n8n');
    expect(new Parameters(form).text('ref', 'Ref')(0)).toBe('by n8n');
  });

  it('leaves everything to n8n in a tool, where $json is not what the tool was called with', () => {
    const form = new Form({ ref: '={{ $json.ref }}' }, items({ ref: 'a' }), () => 'by n8n', true);
    expect(new Parameters(form).text('ref', 'Ref')(0)).toBe('by n8n');
  });

  it('takes blank and null for "not filled in", and refuses an expression that gives nothing', () => {
    const given = [null, '', undefined];
    const form = new Form({ ref: '={{ f() }}', tenant: '' }, items({}, {}, {}), (raw, index) =>
      raw === '' ? '' : given[index],
    );
    const parameters = new Parameters(form);
    const ref = parameters.text('ref', 'Ref');
    expect(parameters.text('tenant', 'Tenant')(0)).toBeUndefined();
    expect(parameters.text('options.notAdded', 'Not Added')(0)).toBeUndefined();
    expect([ref(0), ref(1)]).toEqual([undefined, undefined]);
    expect(() => ref(2)).toThrow('Ref: its expression gave nothing for this item');
  });

  it('writes numbers and switches as text, and refuses an object, by name', () => {
    const given = [42, true, { a: 1 }];
    const form = new Form({ id: '={{ f() }}' }, items({}, {}, {}), (_raw, index) => given[index]);
    const id = new Parameters(form).text('id', 'Task ID');
    expect([id(0), id(1)]).toEqual(['42', 'true']);
    expect(() => id(2)).toThrow('Task ID: is an object or a list, not text');
  });

  it('reads JSON from text and from expressions, and says what is wrong with it for each item', () => {
    const form = new Form(
      { text: '{"a": 1}', blank: ' ', bad: '{a: 1}', given: '={{ $json }}' },
      items({}, {}),
      (raw) => (raw === '={{ $json }}' ? { b: 2 } : raw),
    );
    const parameters = new Parameters(form);
    expect(parameters.json('text', 'Data')(0)).toEqual({ a: 1 });
    expect(parameters.json('blank', 'Data')(0)).toBeUndefined();
    expect(parameters.json('given', 'Data')(0)).toEqual({ b: 2 });
    const bad = parameters.json('bad', 'Data');
    expect(() => bad(0)).toThrow(/^Data: is not JSON/);
    expect(() => bad(1)).toThrow(/^Data: is not JSON/);
  });

  it('reads numbers from text, and gives NaN for what is none', () => {
    const given = [5, ' 7 ', 'many', [3]];
    const form = new Form({ n: '={{ f() }}' }, items({}, {}, {}, {}), (_raw, i) => given[i]);
    const n = new Parameters(form).number('n', 'Priority');
    expect([n(0), n(1), n(2), n(3)]).toEqual([5, 7, NaN, NaN]);
  });

  it('takes a time from text, from a date and from what n8n calls a DateTime', () => {
    const given = ['2030-01-31', new Date(0), { toISO: () => '2030-01-31T12:00:00.000+02:00' }];
    const form = new Form({ at: '={{ f() }}' }, items({}, {}, {}), (_raw, i) => given[i]);
    const at = new Parameters(form).time('at', 'Deadline');
    expect([at(0), at(1), at(2)]).toEqual([
      '2030-01-31',
      '1970-01-01T00:00:00.000Z',
      '2030-01-31T12:00:00.000+02:00',
    ]);
  });
});
