import {
  Workflow,
  type IDataObject,
  type INodeParameters,
  type INodePropertyCollection,
  type INodeTypes,
  type ITriggerFunctions,
} from 'n8n-workflow';

import { budgetOptions } from '../../../../nodes/AgentSwarmTrigger/budgetOptions';
import { DEFAULTS } from '../../../../nodes/AgentSwarmTrigger/defaults';
import { triggerDescription } from '../../../../nodes/AgentSwarmTrigger/description';
import { LABELS } from '../../../../nodes/AgentSwarmTrigger/labels';
import { readConsumerSettings } from '../../../../nodes/AgentSwarmTrigger/settings';

const form = (parameters: IDataObject): ITriggerFunctions =>
  ({
    getNodeParameter: (name: string, otherwise: unknown) => parameters[name] ?? otherwise,
  }) as never;

const read = (options: IDataObject = {}, first: IDataObject = {}) =>
  readConsumerSettings(form({ queue: 'work', ...first, options }));

/** What n8n's editor shows below the node. */
function subtitleOf(queue: INodeParameters['queue']): unknown {
  const nodeTypes = {
    getByNameAndVersion: () => ({ description: triggerDescription }),
  } as unknown as INodeTypes;
  const position: [number, number] = [0, 0];
  const own = { id: '1', name: 'Trigger', type: 'trigger', typeVersion: 1, position };
  const nodes = [{ ...own, parameters: { queue } as INodeParameters }];
  const flow = new Workflow({ nodes, connections: {}, active: false, nodeTypes });
  const node = flow.getNode('Trigger');
  return (
    node &&
    flow.expression.getSimpleParameterValue(node, triggerDescription.subtitle, 'internal', {})
  );
}

const options = (triggerDescription.properties.find(({ name }) => name === 'options')?.options ??
  []) as { displayName: string; name: string; default: unknown }[];

test('a form that nobody touched gives the defaults of the engine', () => {
  const untouched = { ...DEFAULTS, topology: { ...DEFAULTS.topology, queue: 'work' } };
  expect(read()).toEqual(untouched);
});

test('an option that was added and left as it is changes nothing', () => {
  const added = Object.fromEntries(options.map(({ name, default: given }) => [name, given]));
  expect(read(added as IDataObject)).toEqual(read());
});

test('what the form says arrives in the units of the engine', () => {
  const given = {
    attempts: 7,
    firstDelaySeconds: 0.5,
    delayFactor: 2,
    longestDelayMinutes: 2,
    giveUpOn: ' 404,  410 ',
    throttles: 3,
    throttledHours: 0.5,
    waitLimitHours: 48,
    holdSeconds: 5,
    ifStoreAway: 'run',
  };
  expect(read(given, { ifRunFails: 'dead_letter' })).toMatchObject({
    retry: {
      ifRunFails: 'dead_letter',
      attempts: 7,
      baseMs: 500,
      factor: 2,
      capMs: 120_000,
      giveUpOn: [404, 410],
      throttles: 3,
      throttledMs: 1_800_000,
    },
    waitLimitMs: 172_800_000,
    holdMs: 5000,
    ifStoreAway: 'run',
  });
});

test('no status is final when the list was emptied, and one alone may be a number', () => {
  expect(read({ giveUpOn: '' }).retry.giveUpOn).toEqual([]);
  expect(read({ giveUpOn: 404 }).retry.giveUpOn).toEqual([404]);
});

test('what is wrong with If the Run Fails names the field', () => {
  expect(() => read({}, { ifRunFails: 'ask me' })).toThrow(
    expect.objectContaining({ name: 'InputError', field: 'If the Run Fails' }),
  );
});

test.each<[string, IDataObject]>([
  ['Attempts', { attempts: 0 }],
  ['First Delay (Seconds)', { firstDelaySeconds: -1 }],
  ['Delay Factor', { delayFactor: 0.5 }],
  ['Longest Delay (Minutes)', { longestDelayMinutes: 10_000 }],
  ['Give Up on Statuses', { giveUpOn: '404, many' }],
  ['Give Up on Statuses', { giveUpOn: '200' }],
  ['Times Throttled', { throttles: -1 }],
  ['Throttled For (Hours)', { throttledHours: 0 }],
  ['Wait Limit (Hours)', { waitLimitHours: 1000 }],
  ['Hold (Seconds)', { holdSeconds: 601 }],
  ['If Redis Is Away', { ifStoreAway: 'ask me' }],
  ['Batch Size', { batchSize: 20 }],
])('what is wrong with %s names the field', (label, given) => {
  expect(() => read(given)).toThrow(expect.objectContaining({ name: 'InputError', field: label }));
});

test('labels are names of fields that the form has', () => {
  const inside = budgetOptions.flatMap((option) =>
    ((option.options ?? []) as INodePropertyCollection[]).flatMap(({ values }) => values),
  );
  const names = [...triggerDescription.properties, ...options, ...inside].map(
    ({ displayName }) => displayName,
  );
  expect(Object.values(LABELS).filter((label) => !names.includes(label))).toEqual([]);
});

test('options stand by how often they are needed, each once', () => {
  const names = options.map(({ displayName }) => displayName);
  const often = [
    'Test With',
    'Batch Size',
    'Budget',
    'Attempts',
    'Run Limit (Minutes)',
    'Topology',
  ];
  expect(names.filter((name) => often.includes(name))).toEqual(often);
  expect(new Set(names).size).toBe(names.length);
});

const chosen = (more: IDataObject) => ({
  budget: { chosen: { budget: { __rl: true, mode: 'name', value: ' openai ' }, ...more } },
});

test('a budget is what tasks wait for; what a person left alone has its default', () => {
  expect(read(chosen({})).budget).toEqual({
    name: 'openai',
    use: 'wait_while_blocked',
    estimate: { requests: 1, input: 0, output: 0 },
  });
  const all = {
    use: 'reserve',
    requests: 3,
    inputTokens: 500,
    outputTokens: 60,
    limitsIfNew: { requestsPerMinute: 600, tokensPerMinute: '90000', burstPercent: 5 },
  };
  expect(read(chosen(all)).budget).toMatchObject({
    use: 'reserve',
    estimate: { requests: 3, input: 500, output: 60 },
    limitsIfNew: { minute: { requests: 600, total: 90_000 }, burst: 0.05, guardMs: 2000 },
  });
});

test('lanes and weights', () => {
  expect(read({ lanes: 8, weights: '{"team-a": 3}' })).toMatchObject({
    lanes: 8,
    weights: { 'team-a': 3 },
  });
  expect(() => read({ lanes: 1 })).toThrow(/^Lanes: is 1/);
  expect(() => read({ weights: '{"team-a": 0}' })).toThrow(/^Tenant Weights: /);
  expect(() => read({ weights: '{' })).toThrow(/^Tenant Weights: is not JSON/);
});

test.each([
  [chosen({ budget: { mode: 'list', value: '' } }), /^Budget: is empty/],
  [chosen({ use: 'sometimes' }), /^Use: /],
  [chosen({ use: 'reserve', requests: -1 }), /^Requests per Task: /],
  [chosen({ limitsIfNew: { requestsPerMinute: 0 } }), /^Requests per Minute: /],
  [chosen({ limitsIfNew: { burstPercent: 200 } }), /^Burst \(Percent\): /],
  [chosen({ limitsIfNew: { inputPerDay: 'many' } }), /^Input Tokens per Day: /],
])('a budget that cannot be is named by its field: %j', (given, message) => {
  expect(() => read(given)).toThrow(message);
});

test.each([
  ['as plain text', 'work'],
  ['from the list', { __rl: true, mode: 'list', value: 'work', cachedResultName: 'work' }],
  ['by name', { __rl: true, mode: 'name', value: 'work' }],
  ['as a person writes it into JSON', { mode: 'name', value: 'work' }],
])('the queue is read %s, and shown below the node', (_how, queue) => {
  expect(read({}, { queue }).topology.queue).toBe('work');
  expect(subtitleOf(queue as INodeParameters['queue'])).toBe('work');
});

test.each(['', ' ', { __rl: true, mode: 'name', value: '' }])('no queue is told: %j', (queue) => {
  expect(() => read({}, { queue })).toThrow('Queue: is empty');
});
