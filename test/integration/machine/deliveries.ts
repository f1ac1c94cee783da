import * as fc from 'fast-check';

import { always, ENDS, go, Happening, index, key, latest, steps } from './happening';
import { settled, type How } from './owner';
import { LEASE_MS, type ModelRun } from './universe';

const how = fc.constantFrom<How>('whole', 'unanswered', 'lost_before', 'lost_after');
const alive = ({ end, owner }: ModelRun) => end !== undefined && owner.alive;

export const publish = fc
  .record({
    key,
    version: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constant(1)),
    id: fc.constantFrom('fresh', 'fresh', 'first', 'none'),
  })
  .map(({ id, ...work }) => {
    const name = `${work.key}${work.version}`;
    return new Happening(`publish ${name} (${id} id)`, always, async (universe) => {
      const number = universe.published.length;
      const ids = { fresh: `${name}-${number}`, first: `${name}-first`, none: '' };
      universe.publish(work, ids[id]);
    });
  });

export const take = fc.record({ owner: index, index, steps }).map(
  (given) =>
    new Happening(
      `take ${JSON.stringify(given)}`,
      ({ broker }) => broker.ready.length > 0,
      async (universe) => {
        universe.owner(given.owner).take(given.index % universe.broker.ready.length);
        await settled();
        await go(universe, given.owner, given.steps);
      },
    ),
);

/** A process takes a message, comes so far with it, and is killed; its lease runs out. */
export const vanish = fc.record({ owner: index, index, steps }).map(
  (given) =>
    new Happening(
      `vanish ${JSON.stringify(given)}`,
      ({ broker }) => broker.ready.length > 0,
      async (universe) => {
        universe.owner(given.owner).take(given.index % universe.broker.ready.length);
        await settled();
        await go(universe, given.owner, given.steps);
        universe.crash(given.owner);
        await universe.pass(LEASE_MS + 1000);
      },
    ),
);

export const step = fc.record({ owner: index, index, how }).map(
  (given) =>
    new Happening(
      `step ${JSON.stringify(given)}`,
      (universe) => universe.owner(given.owner).pendings.length > 0,
      (universe) => universe.owner(given.owner).step(given.index, given.how),
    ),
);

/** With `dies` the process is killed on the way to the end of the delivery. */
const dies = fc.constantFrom(false, false, true);

export const endRun = fc.record({ back: index, end: fc.constantFrom(...ENDS), steps, dies }).map(
  ({ back, end, ...given }) =>
    new Happening(
      `end run ${back} ${JSON.stringify({ ...end, ...given })}`,
      ({ runs }) => runs.some(alive),
      async (universe) => {
        const run = latest(universe.runs.filter(alive), back);
        const slot = universe.owners.indexOf(run.owner);
        universe.end(run, end);
        await settled();
        await go(universe, slot, given.steps);
        if (given.dies) universe.crash(slot);
      },
    ),
);
