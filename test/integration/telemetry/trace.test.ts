import { traceToSend } from '../../../src/contract/telemetry';
import type { ReceivedSpan } from '../../support/collector';
import { dispatchAll } from '../../support/dispatchAll';
import { TestHost } from '../../support/world';
import { newTracedWorld, type TracedWorld } from './tracedWorld';

jest.setTimeout(60_000);

const PRODUCER = 4;
const CONSUMER = 5;
const SECRET = 'do not tell';
const toWork = { to: { kind: 'queue', queue: 'work' }, intent: 'extract' } as const;

let traced: TracedWorld;
beforeEach(async () => {
  traced = await newTracedWorld();
});
afterEach(async () => {
  await traced.end();
});

/** From the first of a trace down, where each has one child. */
function line(spans: readonly ReceivedSpan[]): ReceivedSpan[] {
  const found: ReceivedSpan[] = [];
  for (let parent = ''; ; parent = found.at(-1)?.spanId as string) {
    const next = spans.find(({ parentSpanId }) => parentSpanId === parent);
    if (!next) return found;
    found.push(next);
  }
}

const failing = () =>
  new TestHost(() => ({
    kind: 'failed',
    error: { name: 'NodeApiError', message: SECRET, httpStatus: 503 },
  }));

test('a task that is dispatched, run, retried and dead-lettered is one line in one trace', async () => {
  const { world, collector, spansSent } = traced;
  const retry = { baseMs: 200, factor: 1, attempts: 2 };
  const { settled, host } = await world.consume({ retry }, failing());
  const [sent] = await dispatchAll(world.broker, [
    { ...toWork, taskId: 'a', groupId: 'g1', data: { body: SECRET } },
  ]);
  await settled(2);
  const spans = line(await spansSent(5));
  expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
    ['send work', PRODUCER],
    ['process work', CONSUMER],
    ['send work', PRODUCER],
    ['process work', CONSUMER],
    ['send swarm.dead', PRODUCER],
  ]);
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
  const [first, attempt1, , attempt2, letter] = spans;
  expect(first?.attributes).toMatchObject({
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'work',
    'messaging.message.id': sent?.ok === true ? sent.message_id : '',
    'messaging.message.conversation_id': 'g1',
  });
  expect(attempt1?.attributes).toMatchObject({
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'work',
    'messaging.message.id': sent?.ok === true ? sent.message_id : '',
    'rabbitmq.destination.routing_key': 'work',
    'agent_swarm.task.id': 'a',
    'agent_swarm.task.intent': 'extract',
    'agent_swarm.attempt': 1,
    'agent_swarm.verdict': 'retried',
    'agent_swarm.delay': expect.any(Number),
    'error.type': '503',
  });
  expect(attempt2?.attributes).toMatchObject({
    'rabbitmq.destination.routing_key': 'work',
    'agent_swarm.attempt': 2,
    'agent_swarm.verdict': 'dead',
    'agent_swarm.reason': 'attempts_used_up',
    'error.type': '503',
  });
  expect(spans.map(({ failed }) => failed)).toEqual([false, true, false, true, false]);
  expect(attempt2?.events.map(({ name }) => name)).toEqual(['admit', 'run ended']);
  expect(letter?.attributes).toMatchObject({
    'messaging.destination.name': 'swarm.dead:work',
    'messaging.destination.template': 'swarm.dead',
  });

  const seenByRuns = host.runs.map(({ items }) => items[0]?.swarm.traceparent);
  expect(seenByRuns).toEqual(
    [attempt1, attempt2].map((span) => `00-${span?.traceId}-${span?.spanId}-01`),
  );
  const [dead] = await world.plain.take('work.dead', 1);
  expect(dead?.headers.traceparent).toBe(`00-${letter?.traceId}-${letter?.spanId}-01`);
  expect(collector.texts.join()).not.toContain(SECRET);
});

test('what a run sends is a child of its span, and a trace that came along is gone on with', async () => {
  const { world, spansSent } = traced;
  const { host, settled } = await world.consume({}, new TestHost(() => undefined));
  await world.plain.declare('next');
  const theirs = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await world.plain.publish(
    'work',
    { task_id: 'a', intent: 'x' },
    {
      messageId: 'm1',
      headers: { traceparent: theirs },
    },
  );
  await host.started(1);
  const [run] = host.runs;
  const traceparent = traceToSend(run?.items[0]?.swarm.traceparent);
  await dispatchAll(world.broker, [
    { to: { kind: 'queue', queue: 'next' }, intent: 'child', traceparent },
  ]);
  run?.end({ kind: 'succeeded' });
  await settled(1);
  const spans = await spansSent(2);
  const [work, child] = ['process work', 'send next'].map((name) =>
    spans.find((span) => span.name === name),
  );
  expect(work).toMatchObject({ traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) });
  expect(child).toMatchObject({ traceId: 'a'.repeat(32), parentSpanId: work?.spanId });
  expect(work?.attributes).toMatchObject({ 'agent_swarm.verdict': 'done' });
  expect(work?.failed).toBe(false);
});

test("a message that no queue takes is a failed span, and the error is the caller's", async () => {
  const { world, spansSent } = traced;
  const [result] = await dispatchAll(world.broker, [
    { to: { kind: 'queue', queue: 'nowhere' }, intent: 'x' },
  ]);
  expect(result).toMatchObject({ ok: false, error: { code: 'unroutable' } });
  const [span] = await spansSent(1);
  expect(span).toMatchObject({ name: 'send nowhere', failed: true });
  expect(span?.attributes['error.type']).toBe('unroutable');
});

test('with lanes a task has one hop more, and what no lane takes is worked on as well', async () => {
  const { world, spansSent } = traced;
  const { settled } = await world.consume({ lanes: 2 });
  await dispatchAll(world.broker, [{ ...toWork, taskId: 'a' }]);
  await settled(1);
  await world.plain.publish('work', 'no reference', { messageId: 'm1' });
  await settled(2);
  const spans = await spansSent(5);
  const first = line(spans.filter(({ traceId }) => traceId === spans[0]?.traceId));
  expect(first.map(({ name }) => name)).toEqual([
    'send work',
    expect.stringMatching(/^send work\.lane\.[01]$/),
    'process work',
  ]);
  const other = line(spans.filter(({ traceId }) => traceId !== spans[0]?.traceId));
  expect(other.map(({ name }) => name)).toEqual(['process work', 'send swarm.dead']);
  expect(other[0]).toMatchObject({
    failed: true,
    attributes: { 'agent_swarm.verdict': 'dead', 'agent_swarm.reason': 'not_json' },
  });
});

/** All that a figure may be told apart by: each has few values. */
const BOUNDED = [
  'agent_swarm.reason',
  'agent_swarm.verdict',
  'error.type',
  'messaging.destination.name',
  'messaging.destination.template',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.system',
  'messaging.system.name',
];

test('figures arrive, with the buckets of the conventions and few values to tell them apart', async () => {
  const { world, collector, telemetry } = traced;
  const retry = { baseMs: 200, factor: 1, attempts: 2 };
  const { settled } = await world.consume({ retry }, failing());
  await dispatchAll(world.broker, [{ ...toWork, taskId: 'a' }]);
  await settled(2);
  await telemetry.flush();
  await collector.until(({ points }) => points.some(({ metric }) => metric.endsWith('.settled')));
  const total = (name: string, attributes: object = {}) =>
    collector.points
      .filter((point) => point.metric === name)
      .filter((point) =>
        Object.entries(attributes).every(([key, it]) => point.attributes[key] === it),
      )
      .reduce((sum, { value }) => sum + value, 0);
  expect(total('messaging.client.sent.messages', { 'messaging.destination.name': 'work' })).toBe(2);
  expect(
    total('messaging.client.sent.messages', { 'messaging.destination.template': 'swarm.dead' }),
  ).toBe(1);
  expect(total('messaging.client.consumed.messages')).toBe(2);
  expect(total('messaging.process.duration')).toBe(2);
  expect(total('messaging.process.duration', { 'error.type': 'attempts_used_up' })).toBe(1);
  expect(total('agent_swarm.deliveries.settled', { 'agent_swarm.verdict': 'retried' })).toBe(1);
  expect(
    total('agent_swarm.deliveries.settled', { 'agent_swarm.reason': 'attempts_used_up' }),
  ).toBe(1);
  const duration = collector.points.find(({ metric }) => metric === 'messaging.process.duration');
  expect(duration).toMatchObject({ unit: 's', bounds: expect.arrayContaining([0.005, 7.5, 10]) });
  const keys = new Set(collector.points.flatMap(({ attributes }) => Object.keys(attributes)));
  expect([...keys].filter((key) => !BOUNDED.includes(key))).toEqual([]);
  expect(collector.resources[0]).toMatchObject({
    'service.name': 'swarm under test',
    'service.instance.id': expect.any(String),
    'process.pid': process.pid,
  });
  expect(Object.keys(collector.resources[0] ?? {})).not.toContain('process.command_args');
  expect(collector.headers[0]?.['x-tenant']).toBe('blue');
});
