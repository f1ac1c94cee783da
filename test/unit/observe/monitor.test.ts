import fc from 'fast-check';

import { budgetSchema, type BudgetOptions } from '../../../src/contract/budget';
import { monitorSchema, type MonitorOptions, type Trouble } from '../../../src/contract/monitor';
import { alarmOf, partsOf } from '../../../src/observe/finding';
import { findingsOf } from '../../../src/observe/findings';
import type { BudgetSight, QueueSight, Sight } from '../../../src/observe/look';
import { changeOf, lengthened, type Streak } from '../../../src/observe/streak';
import { Watch } from '../../../src/observe/watch';

const START = Date.parse('2026-01-01T00:00:00Z');

const calm: QueueSight = {
  queue: 'q',
  vhost: '/',
  ready: 0,
  consumers: 1,
  inFlight: undefined,
  deadQueue: 'q.dead',
  there: true,
  budget: undefined,
  deadLetters: 0,
  oldest: 0,
  counts: {},
};

interface Given {
  readonly queue?: Partial<QueueSight>;
  readonly queues?: readonly QueueSight[];
  readonly budget?: Partial<NonNullable<BudgetSight['state']>>;
  readonly limits?: BudgetOptions;
  readonly away?: readonly ('redis' | 'rabbitmq')[];
  readonly at?: number;
}

function sightOf({ queue = {}, queues, budget, limits, away = [], at = 0 }: Given = {}): Sight {
  const source = (name: 'redis' | 'rabbitmq') =>
    away.includes(name) ? ({ ok: false, why: 'No answer.' } as const) : ({ ok: true } as const);
  const state = {
    limits: budgetSchema.parse(limits ?? {}),
    minute: { requests: 0, input: 0, output: 0 },
    day: { requests: 0, input: 0, output: 0 },
    reserved: { input: 0, output: 0 },
    ...{ calls: 0, waiting: 0, paused: false, blockedMs: 0, closedMs: 0 },
    ...budget,
  };
  return {
    at: new Date(START + at),
    sources: { redis: source('redis'), rabbitmq: source('rabbitmq'), management: undefined },
    queues: queues ?? [{ ...calm, ...queue }],
    budgets: budget || limits ? [{ name: 'gpt', state, counts: {} }] : [],
  };
}

const settingsOf = (options: MonitorOptions = {}) => monitorSchema.parse(options);

/** How a state of `q` or `gpt` looks. */
function seen(
  trouble: Trouble,
  given: Given,
  {
    options,
    before,
    notes = new Map(),
  }: { options?: MonitorOptions; before?: Given; notes?: ReadonlyMap<string, string> } = {},
) {
  const found = findingsOf(sightOf(given), settingsOf(options), {
    sight: before && sightOf(before),
    notes,
  });
  return found.filter((one) => one.trouble === trouble);
}

const only = (...given: Parameters<typeof seen>) => seen(...given).map((one) => one.seen);

describe('one look', () => {
  test.each([
    ['depth', { queue: { ready: 1001 } }, 'trouble'],
    ['depth', { queue: { ready: 1000 } }, 'between'],
    ['depth', { queue: { ready: 800 } }, 'well'],
    ['depth', { queue: { ready: undefined } }, 'unknown'],
    ['age', { queue: { oldest: 3601 } }, 'trouble'],
    ['age', { queue: { oldest: 3000 } }, 'between'],
    ['age', { queue: { oldest: undefined } }, 'unknown'],
    ['no_consumers', { queue: { consumers: 0, ready: 1 } }, 'trouble'],
    ['no_consumers', { queue: { consumers: 0, ready: 0 } }, 'well'],
    ['no_consumers', { queue: { consumers: undefined, there: undefined } }, 'unknown'],
    ['depth', { queue: { ready: undefined, there: false } }, 'well'],
    ['dead_letters', { queue: { deadLetters: undefined, there: false } }, 'well'],
    ['dead_letters', { queue: { deadLetters: 1 } }, 'trouble'],
    ['dead_letters', { queue: { deadLetters: 0 } }, 'well'],
    ['dead_letters', { queue: { deadLetters: undefined } }, 'unknown'],
    ['budget_blocked', { budget: { blockedMs: 1 } }, 'trouble'],
    ['budget_blocked', { budget: { paused: true } }, 'trouble'],
    ['budget_blocked', { budget: {} }, 'well'],
    ['redis_away', { away: ['redis'] }, 'trouble'],
    ['rabbitmq_away', {}, 'well'],
  ] as const)('%s of %j: %s', (trouble, given, expected) => {
    expect(only(trouble, given)).toEqual([expected]);
  });

  test('a queue that is named must be there and have a consumer; of others some are out of use', () => {
    const idle: Given = { queue: { consumers: 0, ready: 0 } };
    const missing: Given = { queue: { consumers: undefined, ready: undefined, there: false } };
    const options = { queues: ['q'] };
    expect([only('no_consumers', idle), only('no_consumers', missing)]).toEqual([
      ['well'],
      ['well'],
    ]);
    expect(only('no_consumers', idle, { options })).toEqual(['trouble']);
    expect(only('no_consumers', missing, { options })).toEqual(['trouble']);
    const unknown: Given = { queues: [] };
    expect(only('no_consumers', unknown, { options })).toEqual(['trouble']);
    expect(only('no_consumers', { ...unknown, away: ['redis'] }, { options })).toEqual(['unknown']);
    expect(only('depth', { queue: { queue: 'other' } }, { options })).toEqual(['well']);
    const hidden: Given = { queue: { ...missing.queue, there: undefined } };
    expect(only('no_consumers', hidden, { options })).toEqual(['unknown']);
  });

  test('stalled is what shows no sign between two looks, unless a budget holds it back', () => {
    const stuck: Given = { queue: { ready: 5, counts: { received: 7 } } };
    const moved: Given = { queue: { ready: 5, counts: { received: 8 } } };
    expect(only('stalled', stuck)).toEqual(['unknown']);
    expect(only('stalled', stuck, { before: stuck })).toEqual(['trouble']);
    expect(only('stalled', moved, { before: stuck })).toEqual(['well']);
    expect(only('stalled', { queue: { ready: 0 } }, { before: stuck })).toEqual(['well']);
    const paused = (budget: string | undefined, waiting = 0): Given => ({
      queue: { ...stuck.queue, budget },
      budget: { paused: true, waiting },
    });
    const held = [paused('gpt'), paused(undefined, 1), paused('other'), paused(undefined)];
    expect(held.flatMap((one) => only('stalled', one, { before: one }))).toEqual([
      ...['unknown', 'unknown', 'trouble', 'trouble'],
    ]);
    expect(seen('stalled', stuck, { before: stuck })[0]?.beginMs).toBe(1_800_000);
  });

  describe('dead letters are arrivals', () => {
    const QUIET_MS = 60_000;

    /** Looks again and again, at what stands in the queue and at what its triggers counted. */
    function looker(others: readonly QueueSight[] = []) {
      let notes: ReadonlyMap<string, string> = new Map();
      return (deadLetters: number, counted: number, at: number) => {
        const queue = { ...calm, deadLetters, counts: { 'dead:throttled': counted, done: at } };
        const given = { queues: [queue, ...others], at };
        const [found] = seen('dead_letters', given, { options: { quietMs: QUIET_MS }, notes });
        notes = new Map([[found?.alarm ?? '', found?.note ?? '']]);
        return found?.seen;
      };
    }

    test('one that nobody mends does not hide the next', () => {
      const look = looker();
      expect([look(3, 3, 0), look(3, 3, 60_000), look(3, 3, 60_001)]).toEqual([
        ...['trouble', 'trouble', 'well'],
      ]);
      expect([look(4, 4, 70_000), look(2, 4, 80_000), look(2, 4, 130_001)]).toEqual([
        ...['trouble', 'trouble', 'well'],
      ]);
    });

    test('one that comes while another goes is seen by its count', () => {
      const look = looker();
      expect([look(3, 3, 0), look(3, 3, 70_000), look(3, 4, 80_000)]).toEqual([
        ...['trouble', 'well', 'trouble'],
      ]);
    });

    test('those that somebody looks at are out of the queue for a moment, and are no arrivals when they are back', () => {
      const look = looker();
      look(5, 5, 0);
      expect([look(5, 5, 70_000), look(0, 5, 80_000), look(5, 5, 90_000)]).toEqual([
        ...['well', 'well', 'well'],
      ]);
    });

    test('one that RabbitMQ gave up itself is seen by more than there were in the last while', () => {
      const look = looker();
      look(5, 0, 0);
      expect([look(6, 0, 70_000), look(2, 0, 140_000), look(2, 0, 210_000)]).toEqual([
        ...['trouble', 'well', 'well'],
      ]);
      expect(look(3, 0, 220_000)).toBe('trouble');
    });

    test('of a dead-letter queue that several share only the one is told whose triggers counted', () => {
      const look = looker([{ ...calm, queue: 'other' }]);
      expect([look(1, 0, 0), look(1, 1, 1000)]).toEqual(['well', 'trouble']);
    });
  });

  test('a budget is used up by the day at once, by the minute after long and while calls wait', () => {
    const limits = { minute: { input: 100 }, day: { requests: 100, total: 1000 } };
    const state = (input: number, requests: number, waiting: number): Given => ({
      limits,
      budget: {
        minute: { requests: 1, input, output: 5000 },
        day: { requests, input: 100, output: 100 },
        waiting,
      },
    });
    const use = (given: Given) =>
      seen('budget_used_up', given).map(({ alarm, seen: now, value, beginMs }) => [
        ...[alarm, now, value, beginMs],
      ]);
    expect(use(state(80, 95, 1))).toEqual([
      ['budget_used_up:minute:gpt', 'trouble', 80, 900_000],
      ['budget_used_up:day:gpt', 'trouble', 95, undefined],
    ]);
    expect(use(state(95, 80, 0)).map(([, now]) => now)).toEqual(['well', 'between']);
    expect(use(state(49, 1, 5)).map(([, now]) => now)).toEqual(['well', 'well']);
  });

  test('a budget that is named must be there', () => {
    const options = { budgets: ['nobody'] };
    expect(only('budget_blocked', { budget: {} }, { options })).toEqual(['trouble']);
    expect(only('budget_blocked', { away: ['redis'] }, { options })).toEqual(['unknown']);
  });
});

test('an alarm names its state and its thing, whatever signs the name has', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', 'day'), (name, part) => {
      expect(partsOf(alarmOf('budget_used_up', name, part))).toEqual({
        trouble: 'budget_used_up',
        name,
      });
    }),
  );
});

const times = { beginMs: 300, endMs: 500 };

test('a state begins and ends by turns, each only after it was seen for so long without a break', () => {
  const looks = fc.array(
    fc.record({
      seen: fc.constantFrom(...(['trouble', 'well', 'between', 'unknown'] as const)),
      after: fc.integer({ min: 1, max: 400 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(looks, (given) => {
      const history: { at: number; seen: string }[] = [];
      let [streak, stands, now]: [Streak | undefined, boolean, number] = [undefined, false, 0];
      for (const look of given) {
        now += look.after;
        history.push({ at: now, seen: look.seen });
        streak = lengthened(streak, look.seen, now);
        const change = changeOf(streak, stands, now, times);
        // The same by the whole history: how long it has looked like this, without a break.
        const broken = history.findLastIndex((one) => one.seen !== look.seen);
        const lasted = now - (history[broken + 1]?.at ?? now);
        const begins = !stands && look.seen === 'trouble' && lasted >= times.beginMs;
        const ends = stands && look.seen === 'well' && lasted >= times.endMs;
        expect(change).toBe(begins ? 'began' : ends ? 'ended' : undefined);
        if (change) stands = change === 'began';
      }
    }),
  );
});

describe('look after look', () => {
  const NONE = { standing: new Map<string, number>(), notes: new Map<string, string>() };

  test('tells when it was first seen, how long it stood, and the figures of now', () => {
    const watch = new Watch(settingsOf({ beginMs: 1000, endMs: 1000 }));
    const judge = (ready: number, at: number, standing = NONE.standing) =>
      watch.judge(sightOf({ queue: { ready }, at }), { ...NONE, standing }, at).changes;
    expect(judge(5000, 0)).toEqual([]);
    expect(judge(6000, 1000)).toEqual([
      {
        change: 'began',
        alarm: 'depth::q',
        since: START,
        event: expect.objectContaining({
          ...{ trouble: 'depth', change: 'began', of: 'queue', name: 'q', vhost: '/' },
          ...{ began_at: '2026-01-01T00:00:00.000Z', ended_at: null, lasted_seconds: null },
          ...{ value: 6000, limit: 1000 },
        }),
      },
    ]);
    const standing = new Map([['depth::q', START]]);
    expect(judge(7000, 2000, standing)).toEqual([]);
    expect(judge(10, 60_000, standing)).toEqual([]);
    expect(judge(20, 61_000, standing)).toEqual([
      expect.objectContaining({
        change: 'ended',
        since: START,
        event: expect.objectContaining({
          ended_at: '2026-01-01T00:01:00.000Z',
          lasted_seconds: 60,
          text: 'Over after 1 minute: 20 tasks wait in queue "q"; the limit is 1000.',
        }),
      }),
    ]);
  });

  test('what was deleted has ended, and what is not watched any more is dropped', () => {
    const watch = new Watch(settingsOf({ endMs: 0, watch: ['depth', 'budget_blocked'] }));
    const standing = new Map([
      ['depth::gone', START],
      ['budget_blocked::gone:too', START],
      ['age::q', START],
    ]);
    const notes = new Map([['dead_letters::gone', '[1,1]']]);
    const said = (given: Given) =>
      watch
        .judge(sightOf(given), { standing, notes }, 0)
        .changes.map(({ change, alarm }) => `${change} ${alarm}`);
    expect(said({ away: ['redis'], queues: [] })).toEqual([]);
    expect(said({})).toEqual([
      'ended depth::gone',
      'ended budget_blocked::gone:too',
      'dropped age::q',
      'dropped dead_letters::gone',
    ]);
  });
});
