import { Batch } from '../../../src/consume/batch';
import { consumerTimeout } from '../../../src/consume/consumerTimeout';
import { InFlight } from '../../../src/consume/inFlight';
import { itemOfJson } from '../../../src/consume/testDelivery';
import { Run } from '../../../src/run/run';

const run = () => new Run(itemOfJson({ task_id: 'a', intent: 'x' }, 'q'), 60_000, 60_000);

describe('a batch', () => {
  test('starts when it is full, and abandons what is left when it closes', async () => {
    const started: number[] = [];
    const batch = new Batch(2, 60_000, (runs) => started.push(runs.length));
    const runs = [run(), run(), run()];
    runs.forEach((one) => batch.add(one));
    expect(started).toEqual([2]);
    batch.close();
    await expect(runs[2]?.verdict).rejects.toThrow(/closed/);
    const late = run();
    batch.add(late);
    await expect(late.verdict).rejects.toThrow(/closed/);
    runs.slice(0, 2).forEach((one) => one.end({ kind: 'succeeded' }));
  });

  test('frees the place of one whose word came while it waited, without starting it', async () => {
    const started: number[] = [];
    const batch = new Batch(2, 60_000, (runs) => started.push(runs.length));
    const said = run();
    batch.add(said);
    said.hear({ kind: 'complete' });
    const fresh = run();
    batch.add(fresh);
    await said.over;
    expect(started).toEqual([1]);
    fresh.end({ kind: 'succeeded' });
  });

  test('does not start what its run limit passed while it waited', async () => {
    const started: number[] = [];
    const batch = new Batch(2, 60_000, (runs) => started.push(runs.length));
    const gone = new Run(itemOfJson({ task_id: 'a', intent: 'x' }, 'q'), 0, 1000);
    batch.add(gone);
    expect(await gone.verdict).toEqual({ kind: 'run_limit', afterMs: 1000 });
    const fresh = run();
    batch.add(fresh);
    expect(started).toEqual([1]);
    await gone.over;
    fresh.end({ kind: 'succeeded' });
  });
});

describe('a run', () => {
  test('its word decides, and its end only frees the slot', async () => {
    const one = run();
    one.hear({ kind: 'complete' });
    one.end({ kind: 'failed', error: { name: 'Error', message: 'late' } });
    expect(await one.verdict).toEqual({ kind: 'word', word: { kind: 'complete' } });
    await one.over;
  });

  test('at a Wait node its part ends, and its slot is free', async () => {
    const one = run();
    one.end({ kind: 'waiting' });
    expect(await one.verdict).toEqual({ kind: 'ended', end: { kind: 'waiting' } });
    await one.over;
  });
});

test('nothing under way is told at once, something when it has ended', async () => {
  const inFlight = new InFlight();
  await inFlight.empty(Infinity);
  let end: () => void = () => undefined;
  inFlight.add(new Promise<void>((resolve) => (end = resolve)));
  await inFlight.empty(1);
  expect(inFlight.size).toBe(1);
  end();
  await inFlight.empty(Infinity);
  expect(inFlight.size).toBe(0);
});

const MIN = 60_000;

test.each([
  ['3.10.8', 25, 30, undefined],
  ['3.13.7', 60, 65, undefined],
  ['4.0.5', 25, 30, undefined],
  ['4.3.0', 120, 30, 125 * MIN],
  ['5.0.0', 25, 30, 30 * MIN],
])(
  'RabbitMQ %s with a run limit of %d min and a timeout of %d is asked for %p',
  (version, limit, timeout, ms) => {
    const settings = { runLimitMs: limit * MIN, brokerTimeoutMs: timeout * MIN };
    expect(consumerTimeout(settings, version)).toBe(ms);
  },
);

test.each(['3.11.5', '4.0.5', '4.2.1'])(
  'a run limit above what RabbitMQ %s allows is refused',
  (version) => {
    const settings = { runLimitMs: 26 * MIN, brokerTimeoutMs: 30 * MIN };
    expect(() => consumerTimeout(settings, version)).toThrow(/Run Limit.*26 minutes.*after 30/);
  },
);
