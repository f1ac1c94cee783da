import { withPublisher } from '../../../src/broker/pool';
import { OpenTelemetry } from '../../../src/telemetry/openTelemetry';
import { dispatchAll } from '../../support/dispatchAll';
import { newTracedWorld, type TracedWorld } from './tracedWorld';

jest.setTimeout(60_000);

/** Far beyond what anything here may wait for a collector. */
const PATIENCE_MS = 20_000;
const toWork = { to: { kind: 'queue', queue: 'work' }, intent: 'extract' } as const;
const call = { model: 'm', provider: 'p', budget: 'b', traceparent: undefined };

let traced: TracedWorld;
afterEach(async () => {
  await traced.end();
});

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

describe('a collector that does not answer', () => {
  let answer: () => void;
  beforeEach(async () => {
    traced = await newTracedWorld(PATIENCE_MS);
    answer = traced.collector.hang();
  });
  afterEach(() => answer());

  test('stalls no task and no close', async () => {
    const { world } = traced;
    const { settled, close } = await world.consume({});
    await dispatchAll(
      world.broker,
      Array.from({ length: 50 }, () => toWork),
    );
    const verdicts = await settled(50);
    expect(new Set(verdicts.map(({ verdict }) => verdict.kind))).toEqual(new Set(['done']));
    expect(await msOf(close)).toBeLessThan(5000);
    expect(await withPublisher(world.broker, (publisher) => publisher.depth('work'))).toBe(0);
  });

  test('is waited for once, and not long', async () => {
    const { telemetry } = traced;
    telemetry.chat(call).refused('too_late');
    expect(await msOf(() => telemetry.flush())).toBeLessThan(3000);
    expect(await msOf(() => telemetry.flush())).toBeLessThan(500);
  });
});

test('a bounded number of spans is kept for a collector that does not answer', async () => {
  traced = await newTracedWorld();
  const { collector } = traced;
  process.env.OTEL_BSP_MAX_QUEUE_SIZE = '100';
  process.env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE = '50';
  const small = new OpenTelemetry({ traces: true, metrics: false }, () => undefined);
  delete process.env.OTEL_BSP_MAX_QUEUE_SIZE;
  delete process.env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE;
  const answer = collector.hang();
  for (let made = 0; made < 10_000; made += 1) small.chat(call).refused('too_late');
  await small.close();
  answer();
  const told = new Set(collector.spans.map(({ spanId }) => spanId)).size;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(200);
});

test('a collector that refuses connections is told of once, and waited for once', async () => {
  traced = await newTracedWorld();
  const { collector, telemetry, warnings } = traced;
  await collector.close();
  const took: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    telemetry.chat(call).refused('x');
    took.push(await msOf(() => telemetry.flush()));
  }
  expect(Math.max(...took.slice(1))).toBeLessThan(500);
  // Of spans, and perhaps of metrics.
  expect([1, 2]).toContain(warnings.length);
});
