import { readGateSettings } from '../../../../nodes/RateLimitedChatModel/settings';

const BUDGET = { __rl: true, mode: 'name', value: 'b' };
const read = (form: Record<string, unknown>, tenant?: unknown) =>
  readGateSettings(
    {
      getNodeParameter: ((name: string, _index: number, otherwise: unknown) =>
        form[name] ?? otherwise) as never,
      evaluateExpression: (() => {
        if (tenant instanceof Error) throw tenant;
        return tenant;
      }) as never,
    },
    0,
  );

test('what is left out has its default', () => {
  expect(read({ budget: BUDGET })).toEqual({
    budget: 'b',
    limitsIfNew: undefined,
    reserve: 'learned',
    longestMs: 20 * 60_000,
    charsPerToken: 4,
    longestAnswer: 4096,
    tenant: '',
  });
});

test('what is given is taken, also as text of an expression', () => {
  const form = {
    budget: BUDGET,
    reserve: 'strict',
    longestWaitMinutes: '0.5',
    'options.charsPerToken': 1.5,
    'options.longestAnswer': 100,
    'options.tenant': ' acme ',
  };
  expect(read(form, 'other')).toMatchObject({
    reserve: 'strict',
    longestMs: 30_000,
    charsPerToken: 1.5,
    longestAnswer: 100,
    tenant: 'acme',
  });
});

test.each([
  ['acme', 'acme'],
  [7, '7'],
  [undefined, ''],
  [{}, ''],
  [new Error('no item'), ''],
])("the tenant is the item's: %p", (given, tenant) => {
  expect(read({ budget: BUDGET }, given).tenant).toBe(tenant);
});

test.each([
  ['Longest Wait', { longestWaitMinutes: -1 }],
  ['Characters per Token', { 'options.charsPerToken': 0 }],
  ['Longest Answer (Tokens)', { 'options.longestAnswer': 'many' }],
  ['Reserve for Answers', { reserve: 'all' }],
  ['Budget', { budget: '' }],
])('%s is named when it cannot be', (label, form) => {
  expect(() => read({ budget: BUDGET, ...form })).toThrow(label);
});
