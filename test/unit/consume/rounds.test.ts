import fc from 'fast-check';

import { Rounds } from '../../../src/consume/rounds';

const QUANTUM = 100;
/** Costs of the tasks of each lane; all lanes have work as long as any is looked at. */
const costs = fc.integer({ min: 1, max: 2000 });
const lanes = fc.array(fc.infiniteStream(costs), { minLength: 2, maxLength: 12 });

test('lanes with work get the same cost through, within two of the largest tasks and a quantum', () => {
  fc.assert(
    fc.property(lanes, fc.integer({ min: 1, max: 400 }), (streams, turns) => {
      const rounds = new Rounds(streams.length, QUANTUM);
      const through = streams.map(() => 0);
      let largest = 0;
      for (let turn = 0; turn < turns; turn += 1) {
        const lane = rounds.next(() => true) as number;
        const cost = (streams[lane] as Stream).next().value;
        largest = Math.max(largest, cost);
        through[lane] = (through[lane] as number) + cost;
        rounds.charge(lane, cost);
      }
      expect(Math.max(...through) - Math.min(...through)).toBeLessThanOrEqual(
        2 * largest + QUANTUM,
      );
    }),
  );
});

type Stream = Iterator<number, never>;

test('a lane alone is never kept waiting, and an empty one saves nothing up', () => {
  const rounds = new Rounds(3, QUANTUM);
  const taken: number[] = [];
  for (let turn = 0; turn < 50; turn += 1) {
    expect(rounds.next((lane) => lane === 1)).toBe(1);
    rounds.charge(1, 1000);
    rounds.emptied(0);
    rounds.emptied(2);
  }
  // The others come now: nobody owes them the fifty tasks that they did not have.
  for (let turn = 0; turn < 60; turn += 1) {
    const lane = rounds.next(() => true) as number;
    taken.push(lane);
    rounds.charge(lane, 1000);
  }
  const ofLaneOne = taken.filter((lane) => lane === 1).length;
  expect(ofLaneOne).toBeGreaterThanOrEqual(19);
  expect(ofLaneOne).toBeLessThanOrEqual(21);
});

test('weights divide what a task costs, and with it decide the shares', () => {
  const rounds = new Rounds(2, QUANTUM);
  const through = [0, 0];
  for (let turn = 0; turn < 400; turn += 1) {
    const lane = rounds.next(() => true) as number;
    through[lane] = (through[lane] as number) + 50;
    rounds.charge(lane, lane === 0 ? 50 / 3 : 50);
  }
  expect((through[0] as number) / (through[1] as number)).toBeCloseTo(3, 1);
});

test('nobody has work', () => {
  expect(new Rounds(2, QUANTUM).next(() => false)).toBeUndefined();
});
