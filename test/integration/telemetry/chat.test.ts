import type { INode } from 'n8n-workflow';

import { Gate } from '../../../nodes/RateLimitedChatModel/gate';
import { DEFAULTS } from '../../../nodes/RateLimitedChatModel/settings';
import type { BudgetOptions } from '../../../src/contract/budget';
import { NO_TELEMETRY, provideTelemetry } from '../../../src/contract/telemetry';
import { beginCall, budgetDesk } from '../../../src/index';
import { OpenTelemetry } from '../../../src/telemetry/openTelemetry';
import { startCollector, type CollectorServer, type ReceivedSpan } from '../../support/collector';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

const CLIENT = 3;
const OF_THE_RUN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

let world: World;
let collector: CollectorServer;
let telemetry: OpenTelemetry;

beforeEach(async () => {
  world = await newWorld();
  collector = await startCollector();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint;
  telemetry = new OpenTelemetry({ traces: true, metrics: true }, () => undefined);
  provideTelemetry(() => telemetry);
});

afterEach(async () => {
  await world.end();
  provideTelemetry(() => NO_TELEMETRY);
  await telemetry.close();
  await collector.close();
});

/** The gate as the node builds it, in front of a real budget. */
async function gateAt(
  budget: string,
  limits: BudgetOptions,
  { longestMs = 10_000, waits = () => undefined }: { longestMs?: number; waits?: () => void } = {},
): Promise<Gate> {
  const desk = budgetDesk(world.store);
  await desk.budgets.create(
    budget,
    { adaptive: null, ...limits },
    { ifThere: 'update', isNew: true },
  );
  return new Gate(
    {
      begin: (options) => {
        const onWait: typeof options.onWait = (verdict) => {
          options.onWait?.(verdict);
          waits();
        };
        return beginCall(desk, { ...options, onWait });
      },
      limitsOf: async () => undefined,
    },
    {
      node: { name: 'Gate', type: 'gate', parameters: {} } as unknown as INode,
      settings: {
        budget,
        limitsIfNew: undefined,
        reserve: 'strict',
        longestMs,
        charsPerToken: DEFAULTS.charsPerToken,
        longestAnswer: DEFAULTS.longestAnswer,
        tenant: '',
      },
      executions: [budget],
      learn: 'w:Gate',
      cancelled: undefined,
      told: { provider: 'openai', traceparent: OF_THE_RUN },
    },
    { enter: () => ({ ended: () => undefined, refused: () => undefined }) },
  );
}

const request = { model: 'gpt-5-mini', input: 10, output: 100 };
const answer = (text: string) => ({
  generations: [[{ text, message: { usage_metadata: { input_tokens: 7, output_tokens: 3 } } }]],
});

const named = async (count: number, name: string): Promise<ReceivedSpan[]> => {
  await telemetry.flush();
  const fits = ({ spans }: CollectorServer) =>
    spans.filter((span) => span.name === name).length >= count;
  await collector.until(fits);
  return collector.spans.filter((span) => span.name === name);
};

test('a call that its budget lets through is a span of the run, with what the provider counted', async () => {
  const gate = await gateAt('open', { minute: { requests: 10 } });
  await gate.enter('c1', request);
  await gate.end('c1', answer('nobody may read this'));
  const [span] = await named(1, 'chat gpt-5-mini');
  expect(span).toMatchObject({
    kind: CLIENT,
    traceId: 'a'.repeat(32),
    parentSpanId: 'b'.repeat(16),
    failed: false,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'agent_swarm.budget.name': 'open',
      'agent_swarm.budget.wait': expect.any(Number),
    },
  });
  await collector.until(({ points }) =>
    points.some(({ metric }) => metric === 'gen_ai.client.token.usage'),
  );
  const told = collector.points.map(({ metric, attributes, value }) => [
    metric,
    attributes['gen_ai.token.type'],
    value,
  ]);
  expect(told).toEqual(
    expect.arrayContaining([
      ['gen_ai.client.operation.duration', undefined, 1],
      ['gen_ai.client.token.usage', 'input', 1],
      ['gen_ai.client.token.usage', 'output', 1],
      ['agent_swarm.budget.wait.duration', undefined, 1],
    ]),
  );
  expect(collector.texts.join()).not.toContain('nobody may read this');
});

test('a wait for the budget is a span of its own, and not a part of the call', async () => {
  let waits: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (waits = resolve));
  const gate = await gateAt('narrow', { calls: 1 }, { waits });
  await gate.enter('first', request);
  const second = gate.enter('second', request);
  await waiting;
  await gate.end('first', answer('one'));
  await second;
  await gate.end('second', answer('two'));
  const [wait] = await named(1, 'wait for budget');
  const calls = await named(2, 'chat gpt-5-mini');
  const waited = calls.find(({ attributes }) => 'agent_swarm.budget.waited_for' in attributes);
  expect(wait).toMatchObject({ traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) });
  expect(wait?.attributes['agent_swarm.budget.waited_for']).toBe(
    waited?.attributes['agent_swarm.budget.waited_for'],
  );
});

test('a call that failed names its status; one that was never let through is no call', async () => {
  const gate = await gateAt('failing', { minute: { requests: 1 } }, { longestMs: 0 });
  await gate.enter('c1', request);
  await gate.fail('c1', Object.assign(new Error('sk-secret'), { status: 400 }));
  await expect(gate.enter('c2', request)).rejects.toThrow();
  const [failed] = await named(1, 'chat gpt-5-mini');
  const [refused] = await named(1, 'wait for budget');
  expect(failed).toMatchObject({ failed: true, attributes: { 'error.type': '400' } });
  expect(refused).toMatchObject({ failed: true });
  expect(collector.spans).toHaveLength(2);
  expect(collector.texts.join()).not.toContain('sk-secret');
});
