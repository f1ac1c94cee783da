import fc from 'fast-check';

import { Rounds } from '../../../src/consume/rounds';
import { spreadOf } from '../../../src/consume/spread';
import { UrgentFirst } from '../../../src/consume/urgentFirst';
import type { Task } from '../../../src/contract/verdicts';

const QUANTUM = 100;
const classes = (lanes: number) =>
  new UrgentFirst(new Rounds(lanes, QUANTUM), new Rounds(lanes, QUANTUM));
const task = (priority?: number, tenant?: string) =>
  ({ reference: { tenant }, delivery: { properties: { priority } } }) as Task;

test('two urgent tasks for each other one while both wait, whatever they cost', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 3, maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), costs, (lanes, all) => {
      const turns = classes(lanes);
      const urgent = all.map((cost) => {
        const lane = turns.next(() => true) as number;
        turns.charge(lane, cost);
        return lane >= lanes;
      });
      expect(urgent).toEqual(all.map((_cost, at) => at % 3 < 2));
    }),
  );
});

test('one class alone has every turn, and what comes then is not kept waiting', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.boolean(), (turns, urgentAlone) => {
      const rounds = classes(1);
      const own = urgentAlone ? 1 : 0;
      for (let turn = 0; turn < turns; turn += 1) {
        expect(rounds.next((lane) => lane === own)).toBe(own);
        rounds.charge(own, 1000);
        rounds.emptied(1 - own);
      }
      const next = Array.from({ length: 3 }, () => {
        const lane = rounds.next(() => true) as number;
        rounds.charge(lane, 1000);
        return lane;
      });
      expect(next).toContain(1 - own);
    }),
  );
});

test('priorities have lanes of their own before RabbitMQ 4 alone', () => {
  const old = spreadOf({ lanes: 0, priorities: true }, '3.13.7');
  expect(old.lanes).toBe(2);
  expect([undefined, 0, 4, 5, 9].map((priority) => old.laneOf(task(priority)))).toEqual([
    0, 0, 0, 1, 1,
  ]);
  expect(spreadOf({ lanes: 0, priorities: true }, '4.0.5').lanes).toBe(0);
  expect(spreadOf({ lanes: 0, priorities: false }, '3.10.8').lanes).toBe(0);
});

test('tenants keep their lanes, once for each class', () => {
  const [old, native] = ['3.10.8', '4.1.0'].map((version) =>
    spreadOf({ lanes: 4, priorities: true }, version),
  );
  expect([old?.lanes, native?.lanes]).toEqual([8, 4]);
  for (const tenant of ['a', 'b', 'c', 'd', 'e']) {
    const usual = old?.laneOf(task(0, tenant));
    expect(native?.laneOf(task(9, tenant))).toBe(usual);
    expect(old?.laneOf(task(9, tenant))).toBe((usual ?? 0) + 4);
  }
});
