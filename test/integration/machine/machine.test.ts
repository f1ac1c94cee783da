import { randomInt } from 'node:crypto';

import * as fc from 'fast-check';

import type { RunEnd } from '../../../src/contract/verdicts';
import { say, type RunWord } from '../../../src/word/say';
import { happenings } from './commands';
import { drain } from './drain';
import { ENDS, go, latest } from './happening';
import { settled, type publishers as Publishers } from './owner';
import { openRealStore, type RealStore } from './realStore';
import { reckon } from './reckoning';
import { LEASE_MS, Universe, WAIT_LIMIT_MS } from './universe';

// Its processes have no connections; every publish of theirs is one of the model's effects.
jest.mock('../../../src/broker/pool', () => ({
  withPublisher: async (
    { connectionName }: { connectionName: string },
    use: (publisher: unknown) => Promise<unknown>,
  ) => {
    const { publishers } = jest.requireActual<{ publishers: typeof Publishers }>('./owner');
    return await use(publishers.get(connectionName));
  },
}));

/** More and longer cases find more. What a failure prints as seed, path and replayPath brings it back. */
const RUNS = Number(process.env.MACHINE_RUNS ?? 800);
const LENGTH = Number(process.env.MACHINE_LENGTH ?? 40);
const SEED = Number(process.env.MACHINE_SEED ?? randomInt(2 ** 31));
const PATH = process.env.MACHINE_PATH;
const REPLAY = process.env.MACHINE_REPLAY;
const OWNERS = 3;

jest.setTimeout(RUNS * 1000 + 30_000);

let real: RealStore;
beforeAll(async () => {
  real = await openRealStore();
});
afterAll(async () => {
  await real.close();
});

/** @param play leaves behind what must end by itself */
async function live(
  play: (universe: Universe) => Promise<void>,
  ends: readonly RunEnd[] = [{ kind: 'succeeded' }],
): Promise<void> {
  const universe = new Universe(real, OWNERS);
  try {
    universe.publish({ key: 'a', version: 0 }, 'a0-first');
    await play(universe);
    await drain(universe, ends);
    expect(await reckon(universe)).toEqual([]);
  } finally {
    await universe.remove();
    jest.clearAllTimers();
  }
}

test(`whatever happens in whatever order, a task ends once (${RUNS} runs of seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.commands([happenings], { maxCommands: LENGTH, size: 'max', replayPath: REPLAY }),
      fc.array(fc.constantFrom(...ENDS), { minLength: 1, maxLength: 5 }),
      (commands, ends) =>
        live(
          (universe) => fc.asyncModelRun(() => ({ model: universe, real: universe }), commands),
          ends,
        ),
    ),
    { numRuns: RUNS, seed: SEED, ...(PATH && { path: PATH, endOnFailure: true }) },
  );
});

describe('found by the above', () => {
  const failed = { name: 'Error', message: 'no', httpStatus: 400 };
  const take = async (universe: Universe, owner: number, steps: number) => {
    universe.owner(owner).take(0);
    await settled();
    await go(universe, owner, steps);
  };
  const end = async (universe: Universe, how: RunEnd, steps: number) => {
    const run = latest(universe.runs, 0);
    universe.end(run, how);
    await settled();
    await go(universe, universe.owners.indexOf(run.owner), steps);
  };
  /** Its copy is in the ladder, and nobody heard what was said. */
  const parkedAndSaid = async (universe: Universe, word: RunWord) => {
    await take(universe, 0, 1);
    await end(universe, { kind: 'waiting' }, 4);
    await say(universe.store, latest(universe.runs, 0).token, word);
    await universe.notify(false);
  };

  test('a process that settles a word after a wait dies before the letter is out', async () => {
    await live(async (universe) => {
      await parkedAndSaid(universe, { kind: 'dead_letter', message: 'enough' });
      universe.owner(1).room.spoken.sweep();
      await settled();
      // What is there, wake, bury.
      await go(universe, 1, 3);
      universe.crash(1);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'dead', published: '0' });
    });
  });

  test('a process that settles a word after a wait dies before the copy is out', async () => {
    const word = { kind: 'retry_later', afterMs: 5000, counts: true, message: 'later' } as const;
    await live(async (universe) => {
      await parkedAndSaid(universe, word);
      universe.owner(1).room.spoken.sweep();
      await settled();
      await go(universe, 1, 3);
      universe.crash(1);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'retrying', published: '0' });
      await universe.pass(LEASE_MS);
      universe.owner(0).room.spoken.sweep();
      await settled();
      await go(universe, 0, 4);
      // At once, not when the copy of the wait comes.
      expect(await universe.hashOf('a')).toMatchObject({ state: 'retrying', published: '1' });
    });
  });

  test('a process dies that met a word after the wait limit: it stands, and nothing runs', async () => {
    await live(async (universe) => {
      await parkedAndSaid(universe, { kind: 'fail', error: failed });
      await universe.pass(WAIT_LIMIT_MS + 1000);
      await take(universe, 1, 1);
      universe.crash(1);
      await universe.pass(LEASE_MS + 1000);
      await take(universe, 2, 9);
      expect(universe.runs).toHaveLength(1);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'dead', published: '1' });
    });
  });

  test('an admission was under way for so long that its message is gone when it takes the task', async () => {
    await live(async (universe) => {
      await take(universe, 0, 0);
      universe.owner(0).loseChannel();
      await take(universe, 1, 1);
      await end(universe, { kind: 'failed', error: { ...failed, httpStatus: 500 } }, 4);
      await universe.pass(universe.broker.nextDue() ?? 0);
      await take(universe, 1, 1);
      universe.crash(1);
      await universe.pass(LEASE_MS + 1000);
      await go(universe, 0, 1);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'live', id: 'a0-first' });
      // The only message there is must outlive that lease, which nobody will renew.
      await take(universe, 2, 2);
      expect(universe.owner(2).holds).toBe(1);
    });
  });

  test('a late success is none of the task that corrects it', async () => {
    await live(async (universe) => {
      await take(universe, 0, 1);
      const late = latest(universe.runs, 0);
      universe.owner(0).loseChannel();
      await universe.pass(LEASE_MS + 1000);
      await take(universe, 1, 1);
      await end(universe, { kind: 'failed', error: failed }, 4);
      universe.publish({ key: 'a', version: 1 }, 'a1');
      await take(universe, 1, 1);
      const { fp } = await universe.hashOf('a');
      universe.end(late, { kind: 'succeeded' });
      await settled();
      await go(universe, 0, 1);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'live', fp });
    });
  });

  test.each([1, 2, 3, 4])(
    'a process dies %i steps before or after a held copy is out',
    async (at) => {
      await live(async (universe) => {
        await take(universe, 0, 1);
        universe.owner(0).loseChannel();
        await take(universe, 1, 1);
        await jest.advanceTimersByTimeAsync(2100);
        await go(universe, 1, at);
        universe.crash(0);
        universe.crash(1);
      });
    },
  );

  test('the success of a corrected task is no end of the one that it corrects', async () => {
    await live(async (universe) => {
      await take(universe, 0, 1);
      await end(universe, { kind: 'failed', error: failed }, 0);
      await universe.owner(0).step(0, 'lost_after');
      universe.publish({ key: 'a', version: 1 }, 'a1');
      await take(universe, 1, 1);
      await end(universe, { kind: 'succeeded' }, 2);
      expect(await universe.hashOf('a')).toMatchObject({ state: 'done' });
      expect(universe.broker.letters).toHaveLength(0);
    });
  });
});
