import { randomUUID } from 'node:crypto';

import fc from 'fast-check';

import type { MonitorEvent } from '../../../src/contract/monitor';
import { Alarms, type Change } from '../../../src/observe/alarms';
import { newWorld, type World } from '../../support/world';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world?.end());

const ALARMS = ['depth::a', 'depth::b'] as const;

/** What one process believes of one alarm, right or wrong; whether it lives to say that it told. */
const step = fc.record({
  alarm: fc.constantFrom(...ALARMS),
  change: fc.constantFrom('began', 'ended', 'dropped'),
  lives: fc.boolean(),
});

test('whatever several processes believe, each beginning and each end is told once, to one of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
      async (rounds) => {
        const id = randomUUID();
        const alarms = new Alarms(id);
        const told: MonitorEvent[] = [];
        let at = 0;
        for (const round of rounds) {
          // All at once: which one is right is decided where they meet.
          await Promise.all(
            round.map(async ({ alarm, change, lives }) => {
              at += 1;
              const event = { name: alarm, change, value: at } as unknown as MonitorEvent;
              const given: Change = { alarm, change, since: at, event };
              const { toTell } = await alarms.exchange(
                world.store,
                [given],
                new Map([[alarm, `${at}`]]),
              );
              for (const { field, event: one } of toTell) {
                told.push(one);
                if (lives) await alarms.told(world.store, field);
              }
            }),
          );
        }
        const { standing, toTell } = await alarms.exchange(world.store);
        // What waited for an earlier one to be taken out; nothing is handed out again before its time is over.
        told.push(...toTell.map(({ event }) => event));
        const hash = await world.keys.hash(`${world.keys.prefix}:1:{monitor|${id}}:alarms`);
        for (const [field, text] of Object.entries(hash)) {
          if (!field.startsWith('tell:')) continue;
          const event = JSON.parse(text.replace(/^\d+ /, '')) as MonitorEvent;
          if (!told.some(({ value }) => value === event.value)) told.push(event);
        }
        expect(new Set(told.map(({ value }) => value)).size).toBe(told.length);
        for (const alarm of ALARMS) {
          const times = (change: string) =>
            told.filter((one) => one.name === alarm && one.change === change).length;
          const open = times('began') - times('ended');
          const dropped = rounds
            .flat()
            .filter((one) => one.alarm === alarm && one.change === 'dropped');
          // Dropping ends a state without a word.
          expect(open).toBeGreaterThanOrEqual(standing.has(alarm) ? 1 : 0);
          expect(open).toBeLessThanOrEqual((standing.has(alarm) ? 1 : 0) + dropped.length);
        }
      },
    ),
    { numRuns: 40 },
  );
});
