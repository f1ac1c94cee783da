import fc from 'fast-check';

import { judge, type Blow, type Doubles } from '../../chaos/judge';
import { planTask } from '../../chaos/plan';
import type { Seen } from '../../chaos/record';

const NOON = Date.UTC(2026, 0, 1, 12);

/** Something seen `atS` seconds after noon, under a lease of `leasedS` seconds after noon. */
const seen = (what: Seen['what'], leasedS: number, atS: number, final = true): Seen => ({
  what,
  task: 'a',
  fence: (NOON + leasedS * 1000) * 1000,
  attempt: 1,
  at: NOON + atS * 1000,
  final,
});

const blow = (doubles: Doubles, atS: number, untilS = atS): Blow => ({
  fault: doubles === 'nothing' ? 'broker_restart' : 'kill_main',
  doubles,
  at: NOON + atS * 1000,
  until: NOON + untilS * 1000,
});

const TWICE = [seen('effect', 10, 11), seen('effect', 40, 41)];

test('one effect a task is none too many, and a call that had to be repeated is no call too many', () => {
  const well = [
    seen('llm', 1, 1, false),
    seen('llm', 30, 31),
    seen('effect', 30, 32),
    seen('told', 30, 33),
  ];
  expect(judge(well, [])).toEqual([]);
});

test('a kill while the first run was alive explains a second one under a later lease', () => {
  const kill = blow('in_flight', 12);
  expect(judge(TWICE, [kill])).toEqual([
    expect.objectContaining({ what: 'effect', task: 'a', because: kill }),
  ]);
});

test.each([
  ['no blow', []],
  ['one before the first lease', [blow('in_flight', 8)]],
  ['one after the second lease', [blow('in_flight', 42)]],
  ['one so long after the first lease that its run was over', [blow('in_flight', 10 + 61)]],
  ['one that may not double anything', [blow('nothing', 12)]],
])('a second effect is not explained by %s', (_what, blows) => {
  expect(judge(TWICE, blows)).toEqual([expect.objectContaining({ because: undefined })]);
});

test('the run under the older lease may be the one that acts later', () => {
  const crossed = [seen('llm', 40, 41), seen('llm', 10, 42)];
  const kill = blow('in_flight', 12);
  expect(judge(crossed, [kill])[0]?.because).toBe(kill);
  expect(judge(crossed, [blow('in_flight', 8)])[0]?.because).toBeUndefined();
  expect(judge(crossed, [blow('in_flight', 41.5)])[0]?.because).toBeUndefined();
});

test('a network that was gone explains a run that waited until the run limit, and none that did not', () => {
  const gone = blow('overdue', 12, 30);
  const soon = [seen('effect', 15, 16), seen('effect', 44, 45)];
  const late = [seen('effect', 15, 16), seen('effect', 46, 47)];
  expect(judge(soon, [gone])[0]?.because).toBeUndefined();
  expect(judge(late, [gone])[0]?.because).toBe(gone);
});

describe('after a Complete', () => {
  const completed = [seen('effect', 10, 11), seen('told', 10, 12), seen('effect', 40, 41)];

  test('no kill explains another run', () => {
    expect(judge(completed, [blow('in_flight', 11.5)])[0]?.because).toBeUndefined();
  });

  test('a Redis that forgot it does', () => {
    expect(judge(completed, [blow('forgotten', 20)])[0]?.because?.doubles).toBe('forgotten');
  });

  test('the same lease twice is the execution of a killed worker, which n8n gives to another', () => {
    const again = [seen('llm', 10, 11), seen('told', 10, 12), seen('llm', 10, 40)];
    expect(judge(again, [blow('in_flight', 12.5)])[0]?.because).toBeDefined();
    expect(judge(again, [blow('in_flight', 20)])[0]?.because).toBeUndefined();
  });
});

test('whatever strikes, nothing is explained by what came before the first lease or after the second', () => {
  const doubles = fc.constantFrom<Doubles>('nothing', 'in_flight', 'forgotten');
  const time = fc.integer({ min: 0, max: 200 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(doubles, time)),
      fc.uniqueArray(time, { minLength: 2, maxLength: 2 }),
      fc.boolean(),
      (blows, leases, crossed) => {
        const [first = 0, second = 0] = leases.sort((a, b) => a - b);
        const things = [seen('llm', first, second + 1), seen('llm', second, second + 1)];
        const [twice] = judge(
          crossed ? things.reverse() : things,
          blows.map(([kind, at]) => blow(kind, at)),
        );
        const at = twice?.because && (twice.because.at - NOON) / 1000;
        return at === undefined || (at >= first - 1 && at <= second);
      },
    ),
  );
});

test('of 100 tasks 10 fail, 2 are poison, 2 do not report and 5 are doubled, wherever one begins to count', () => {
  fc.assert(
    fc.property(fc.nat({ max: 50_000 }), (from) => {
      const tasks = Array.from({ length: 100 }, (_, index) => planTask('end', from + index));
      const of = (...kinds: string[]) => tasks.filter(({ kind }) => kinds.includes(kind)).length;
      expect([of('fails_once', 'hard'), of('poison'), of('silent')]).toEqual([10, 2, 2]);
      expect(tasks.filter(({ doubled }) => doubled)).toHaveLength(5);
    }),
  );
});
