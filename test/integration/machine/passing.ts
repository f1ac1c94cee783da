import * as fc from 'fast-check';

import { always, go, Happening, index, steps } from './happening';
import { settled } from './owner';
import { LEASE_MS, WAIT_LIMIT_MS, type Universe } from './universe';

/** Timers of the processes: pauses end, or the run limit passes. */
const TIMERS = { pauses: 2100, 'run limit': 26 * 60_000 } as const;

const ofOwner = (label: string, act: (universe: Universe, owner: number) => void) =>
  fc.record({ owner: index, steps }).map(
    ({ owner, ...given }) =>
      new Happening(`${label} ${owner}, ${given.steps} steps`, always, async (universe) => {
        act(universe, owner);
        await settled();
        await go(universe, owner, given.steps);
      }),
  );

export const renew = ofOwner(
  'renew',
  (universe, owner) => void universe.owner(owner).room.leases.renew(),
);
export const sweep = ofOwner('sweep', (universe, owner) =>
  universe.owner(owner).room.spoken.sweep(),
);
export const crash = ofOwner('crash', (universe, owner) => universe.crash(owner));
export const lose = ofOwner('lose channel', (universe, owner) =>
  universe.owner(owner).loseChannel(),
);

/** A process hangs until its lease ran out and its channel was closed, and goes on when another has its delivery. */
export const stall = fc.record({ owner: index, heir: index, index, steps }).map(
  (given) =>
    new Happening(
      `stall ${JSON.stringify(given)}`,
      (universe) => universe.owner(given.owner).holds > 0,
      async (universe) => {
        const { broker } = universe;
        universe.owner(given.owner).loseChannel();
        await universe.pass(LEASE_MS + 1000);
        universe.owner(given.heir).take(given.index % broker.ready.length);
        await settled();
        await go(universe, given.heir, given.steps);
        void universe.owner(given.owner).room.leases.renew();
        await settled();
        await go(universe, given.owner, given.steps);
      },
    ),
);

/** A process is admitted, but hears of it only when its channel is closed, its lease ran out and another has its delivery. */
export const hearLate = fc.record({ owner: index, heir: index, index, steps }).map(
  (given) =>
    new Happening(
      `hear late ${JSON.stringify(given)}`,
      ({ broker }) => broker.ready.length > 0,
      async (universe) => {
        const { broker } = universe;
        const owner = universe.owner(given.owner);
        owner.take(given.index % broker.ready.length);
        await settled();
        await owner.step(owner.pendings.length - 1, 'unanswered');
        owner.loseChannel();
        await universe.pass(LEASE_MS + 1000);
        universe.owner(given.heir).take(0);
        await settled();
        await go(universe, given.heir, given.steps);
        while (owner.pendings.length > 0) await owner.step(0, 'whole');
      },
    ),
);

/** A channel is lost, its runs go on; another process holds the delivery for as long as it may, and sends it round. */
export const goRound = fc.record({ owner: index, heir: index, steps, dies: fc.boolean() }).map(
  (given) =>
    new Happening(
      `go round ${JSON.stringify(given)}`,
      (universe) => universe.owner(given.owner).holds > 0,
      async (universe) => {
        universe.owner(given.owner).loseChannel();
        universe.owner(given.heir).take(0);
        for (let asked = 0; asked < 2; asked += 1) {
          await settled();
          await go(universe, given.heir, 1);
          await jest.advanceTimersByTimeAsync(TIMERS.pauses);
        }
        await settled();
        await go(universe, given.heir, given.steps);
        if (given.dies) universe.crash(given.heir);
      },
    ),
);

const PASSING = {
  lease: () => LEASE_MS + 1000,
  due: ({ broker }: Universe) => broker.nextDue() ?? 0,
  grace: () => 6 * 60_000,
  'wait limit': () => WAIT_LIMIT_MS + 1000,
} as const;

export const pass = fc
  .constantFrom(...(Object.keys(PASSING) as (keyof typeof PASSING)[]))
  .map(
    (what) =>
      new Happening(`pass ${what}`, always, (universe) => universe.pass(PASSING[what](universe))),
  );

/**
 * Somebody empties the delay queues; when that is noticed, every task is published again. Copies that were sent round stay: with one of
 * those lost, what is published again may meet the lease of an owner that dies later.
 */
export const purge = fc.constant(null).map(
  () =>
    new Happening(
      'purge the ladder',
      ({ broker }) => broker.delayed.length > 0,
      async (universe) => {
        const works = [...universe.published];
        for (const work of works) {
          const { state = '', next } = await universe.hashOf(work.key);
          if (['retrying', 'waiting'].includes(state)) universe.broker.purge(next);
        }
        await universe.pass(WAIT_LIMIT_MS + PASSING.grace());
        works.forEach((work, number) => universe.publish(work, `again-${works.length}-${number}`));
      },
    ),
);

export const timers = fc.constantFrom<keyof typeof TIMERS>('pauses', 'pauses', 'run limit').map(
  (what) =>
    new Happening(`${what} end`, always, async () => {
      await jest.advanceTimersByTimeAsync(TIMERS[what]);
    }),
);
