import { newestAgent } from '../support/newestAgent';
import { listenOnLoopback, readBody } from '../support/loopback';
import { draft, inTurn, publish } from '../support/workflowNodes';
import {
  agentRoot,
  calculator,
  chainRoot,
  consumersOf,
  made,
  MODEL_LINKS,
  openAiModel,
  TOOL_LINK,
} from './gateConsumers';
import { CALLS_OF_AN_AGENT, shownBy, startGateWorld, type GateWorld } from './gateWorld';

jest.setTimeout(180_000);

/** Longer than n8n takes to begin twenty agents at once on two busy cores. */
const CLOSED_MS = 8000;

let world: GateWorld;
beforeAll(async () => {
  world = await startGateWorld({ mode: 'single' });
});
afterAll(async () => {
  await world?.stop();
});

/** A fresh store keeps budgets closed for a minute, unless who makes one says that it is new. */
async function newBudget(name: string): Promise<string> {
  // Without adaptation: it would take a block for what the provider bears.
  const limits = { minute: { requests: 100 }, adaptive: null };
  await world.budgets.create(name, limits, { ifThere: 'keep', isNew: true });
  return name;
}

test('every consumer passes the gate before every request that the provider sees', async () => {
  const { n8n, provider, budgets } = world;
  const credential = (name: string, type: string) =>
    n8n.api.createCredential({ name, type, data: { apiKey: 'any', url: provider.url } });
  const consumers = consumersOf(world, {
    lmChatDeepSeek: await credential('deepSeek', 'deepSeekApi'),
    lmChatOpenRouter: await credential('openRouter', 'openRouterApi'),
  });

  const found = await Promise.all(
    consumers.map(async ({ name, calls: wanted, nodes }, index) => {
      const budget = await newBudget(`budget-${index}`);
      await budgets.block(budget, CLOSED_MS);
      const opensAt = Date.now() + CLOSED_MS;
      const { nodes: drafts, links } = nodes(budget);
      const execution = await world.run(drafts, links);
      const calls = provider.calls.filter(({ model }) => model === budget);
      const shown = shownBy(execution);
      const state = await budgets.state(budget);
      const billed = calls.reduce((sum, call) => sum + call.inputTokens + call.outputTokens, 0);
      const { requests = 0, input = 0, output = 0 } = state?.minute ?? {};
      const facts = {
        name,
        error: execution.data?.resultData.error?.message,
        seen: calls.length,
        granted: requests,
        shown: shown.length,
        early: calls.filter(({ at }) => at < opensAt).length,
        waited: Number(shown[0]?.waited_seconds) > 0,
        unaccounted: billed - input - output,
        left: Number(state?.calls) + Number(state?.reserved.input) + Number(state?.reserved.output),
      };
      const right = { seen: wanted, granted: wanted, shown: wanted, early: 0, waited: true };
      return [facts, { name, error: undefined, ...right, unaccounted: 0, left: 0 }] as const;
    }),
  );

  expect(provider.calls.every(({ outputTokens }) => outputTokens > 0)).toBe(true);
  expect(found.map(([facts]) => facts)).toEqual(found.map(([, right]) => right));
});

const CHAIN_LINKS = [...inTurn('Start', 'Root'), ...MODEL_LINKS];
const chainOf = (budget: string, parameters: object = {}) => [
  chainRoot(),
  world.node.gate(budget, parameters),
  openAiModel(world, budget),
];
const callsOf = (model: string) => world.provider.calls.filter((call) => call.model === model);
/** As the run ended with it, and as the gate showed it: on its way an agent or chain may put a description of its own. */
async function errorsOf(...given: Parameters<GateWorld['run']>) {
  const { resultData } = (await world.run(...given)).data ?? {};
  return { run: resultData?.error, gate: resultData?.runData.Gate?.[0]?.error };
}

test('an agent that streams its answer passes the gate, and its usage is known', async () => {
  const budget = await newBudget('streaming');
  const hook = {
    name: 'Hook',
    type: 'n8n-nodes-base.webhook',
    typeVersion: 2.1,
    parameters: { httpMethod: 'POST', path: 'stream', responseMode: 'streaming', options: {} },
    webhookId: 'stream',
  };
  const nodes = [hook, agentRoot(newestAgent()), world.node.gate(budget), calculator()];
  await publish(
    world.n8n,
    draft(
      'streaming',
      [...nodes, openAiModel(world, budget)],
      [...inTurn('Hook', 'Root'), ...MODEL_LINKS, TOOL_LINK],
    ),
  );
  const answer = await fetch(`${world.n8n.url}/webhook/stream`, { method: 'POST' });
  expect(await answer.text()).toContain('"type":"end"');
  const calls = callsOf(budget);
  expect(calls.map(({ stream }) => stream)).toEqual([true, true, true]);
  const { minute, calls: left } = (await world.budgets.state(budget)) ?? {};
  expect([minute?.requests, left]).toEqual([CALLS_OF_AN_AGENT, 0]);
  expect(minute?.output).toBe(calls.reduce((sum, call) => sum + call.outputTokens, 0));
});

test('a model without chat passes the gate', async () => {
  const asked: string[] = [];
  const server = await listenOnLoopback(async (request, response) => {
    asked.push(`${request.url} ${await readBody(request)}`);
    const last = { done: true, prompt_eval_count: 17, eval_count: 5 };
    response.end(`${JSON.stringify({ model: 'plain', response: 'Four.', ...last })}\n`);
  });
  const ollamaApi = await world.n8n.api.createCredential({
    name: 'ollama',
    type: 'ollamaApi',
    data: { baseUrl: server.url },
  });
  const model = made('Model', 'lmOllama', 1, { model: 'plain', options: {} }, { ollamaApi });
  const [root, gate] = chainOf(await newBudget('plain'));
  const nodes = [root, gate, model].flatMap((each) => each ?? []);
  const execution = await world.run(nodes, CHAIN_LINKS);
  await server.stop();
  expect(asked.filter((each) => each.startsWith('/api/generate'))).toHaveLength(1);
  expect(shownBy(execution)).toEqual([expect.objectContaining({ model: 'plain' })]);
  expect((await world.budgets.state('plain'))?.minute).toMatchObject({ requests: 1 });
});

test("an agent's fallback model has its own gate; what never reached a provider is given back", async () => {
  const nowhere = await listenOnLoopback(async () => undefined);
  await nowhere.stop();
  const openAiApi = await world.n8n.api.createCredential({
    name: 'nowhere',
    type: 'openAiApi',
    data: { apiKey: 'any', url: nowhere.url },
  });
  const { node } = world;
  const nodes = [
    agentRoot(newestAgent(), { needsFallback: true }),
    node.gate(await newBudget('away')),
    { ...openAiModel(world, 'away'), credentials: { openAiApi } },
    node.gate(await newBudget('second'), {}, 'Second Gate'),
    { ...openAiModel(world, 'second'), name: 'Second' },
    calculator(),
  ];
  const links = [
    ...CHAIN_LINKS,
    TOOL_LINK,
    { from: 'Second', to: 'Second Gate', as: 'ai_languageModel' as const },
    { from: 'Second Gate', to: 'Root', as: 'ai_languageModel' as const, input: 1 },
  ];
  const execution = await world.run(nodes, links);
  expect(execution.status).toBe('success');
  expect(shownBy(execution)[0]).toMatchObject({ failed: 'not_sent' });
  expect((await world.budgets.state('away'))?.minute.requests).toBe(0);
  expect((await world.budgets.state('second'))?.minute.requests).toBe(CALLS_OF_AN_AGENT);
  expect(callsOf('second')).toHaveLength(CALLS_OF_AN_AGENT);
});

test('a 429 blocks the budget for everyone until Retry-After', async () => {
  const budget = await newBudget('pushed back');
  world.provider.configure({ faults: [{ kind: 'status', status: 429, retryAfterSeconds: 40 }] });
  expect((await errorsOf(chainOf(budget), CHAIN_LINKS)).run?.message).toContain(
    'too many requests',
  );
  world.provider.configure({ faults: [] });
  const { blockedMs = 0 } = (await world.budgets.state(budget)) ?? {};
  expect(blockedMs).toBeGreaterThan(20_000);
  expect(blockedMs).toBeLessThanOrEqual(40_000);
  const impatient = chainOf(budget, { longestWaitMinutes: 0.01 });
  expect((await errorsOf(impatient, CHAIN_LINKS)).run).toMatchObject({
    message: expect.stringMatching(
      /^Budget "pushed back" is blocked, .+ \(HTTP 429, try again in [2-4]\d s\)$/,
    ),
  });
  expect(callsOf(budget)).toHaveLength(1);
});

test.each([
  ['answers with 500', { kind: 'status', status: 500 }],
  ['breaks the connection', { kind: 'drop', at: 'start' }],
  ['loses the answer', { kind: 'drop', at: 'answer' }],
] as const)(
  'a provider that %s: every request was granted, and nothing stays held',
  async (name, fault) => {
    const budget = await newBudget(name);
    world.provider.configure({ faults: [fault] });
    expect((await errorsOf(chainOf(budget), CHAIN_LINKS)).run).toBeDefined();
    world.provider.configure({ faults: [] });
    const state = await world.budgets.state(budget);
    expect(state?.minute.requests).toBe(callsOf(budget).length);
    expect(callsOf(budget).length).toBeGreaterThan(0);
    expect(state).toMatchObject({ calls: 0, blockedMs: 0, reserved: { input: 0, output: 0 } });
  },
);

test('a key without money is told, and blocks nobody', async () => {
  world.provider.configure({ paidCalls: 0 });
  expect((await errorsOf(chainOf(await newBudget('unpaid')), CHAIN_LINKS)).run).toBeDefined();
  world.provider.configure({ paidCalls: undefined });
  const state = await world.budgets.state('unpaid');
  expect(state).toMatchObject({ blockedMs: 0, calls: 0, minute: { requests: 1, output: 0 } });
});

test('a call larger than the budget, and a budget that nobody made, are told with a remedy', async () => {
  const small = { limitsIfNew: { tokensPerMinute: 1000 } };
  const oversized = await errorsOf(chainOf('small', small), CHAIN_LINKS);
  expect(oversized.run?.message).toMatch(
    /larger than budget "small" can ever grant: Tokens per Minute is 1000, and it needs 4\d\d\d \(HTTP 413\)/,
  );
  expect(oversized.gate?.description).toContain('Longest Answer');
  const unknown = await errorsOf(chainOf('nobodys'), CHAIN_LINKS);
  expect(unknown.run?.message).toBe('There is no budget "nobodys"');
  expect(unknown.gate?.description).toContain('Limits if New');
  expect([...callsOf('small'), ...callsOf('nobodys')]).toEqual([]);
});

test('a run that is stopped while it waits holds nothing', async () => {
  const budget = 'stopped';
  const { budgets, n8n } = world;
  const limits = { calls: 1 };
  await budgets.create(budget, limits, { ifThere: 'keep', isNew: true });
  await budgets.reserve(budget, { id: 'other', leaseMs: 600_000 });
  const id = await world.start(chainOf(budget, {}), CHAIN_LINKS);
  for (let waiting = 0; waiting === 0;) waiting = (await budgets.state(budget))?.waiting ?? 0;
  await n8n.api.stopExecution(id);
  expect((await n8n.api.executionEnd(id)).status).toBe('canceled');
  for (let waiting = 1; waiting > 0;) waiting = (await budgets.state(budget))?.waiting ?? 0;
  await budgets.release(budget, 'other');
  expect(await budgets.state(budget)).toMatchObject({ calls: 0, minute: { requests: 0 } });
  expect(callsOf(budget)).toEqual([]);
});
