import * as fc from 'fast-check';

import { InputError } from '../../../src/contract/errors';
import { HEADER } from '../../../src/contract/wire';
import { extendLease } from '../../../src/word/extendLease';
import { say, type RunWord } from '../../../src/word/say';
import { cancelTask } from '../../../src/word/task';
import { FAILURE, Happening, index, key, latest } from './happening';
import { LEASE_MS } from './universe';

const WORDS: readonly RunWord[] = [
  { kind: 'complete' },
  { kind: 'fail', error: FAILURE },
  { kind: 'fail', error: { ...FAILURE, httpStatus: 400 } },
  { kind: 'retry_later', afterMs: 5000, counts: true, message: 'later' },
  { kind: 'retry_later', afterMs: 5000, counts: false, message: 'later' },
  { kind: 'dead_letter', message: 'enough' },
];

/** By any run there ever was, also one that was given up, whose process may be gone. */
export const speak = fc
  .record({ back: index, word: fc.constantFrom(...WORDS), heard: fc.boolean() })
  .map(
    ({ back, word, heard }) =>
      new Happening(
        `run ${back} says ${JSON.stringify(word)}${heard ? '' : ', unheard'}`,
        ({ runs }) => runs.length > 0,
        async (universe) => {
          const { token } = latest(universe.runs, back);
          universe.spokenOf.add(token.key);
          await say(universe.store, token, word).catch(refused);
          await universe.notify(heard);
        },
      ),
  );

export const extend = fc.record({ back: index }).map(
  ({ back }) =>
    new Happening(
      `run ${back} extends its lease`,
      ({ runs }) => runs.length > 0,
      async ({ store, runs }) => {
        const { token } = latest(runs, back);
        await extendLease(store, token, 2 * LEASE_MS).catch(refused);
      },
    ),
);

export const cancel = fc.record({ key, heard: fc.boolean() }).map(
  (given) =>
    new Happening(
      `cancel ${given.key}${given.heard ? '' : ', unheard'}`,
      ({ published }) => published.some((work) => work.key === given.key),
      async (universe) => {
        universe.spokenOf.add(given.key);
        await cancelTask(universe.store, { scope: universe.scope, key: given.key });
        await universe.notify(given.heard);
      },
    ),
);

/** With `keep` whoever replays dies before the letter is gone. */
export const replay = fc.record({ index, keep: fc.boolean() }).map(
  (given) =>
    new Happening(
      `replay ${JSON.stringify(given)}`,
      ({ broker }) => broker.letters.length > 0,
      async ({ broker, published }) => {
        const at = given.index % broker.letters.length;
        const letter = broker.letters[at];
        if (!letter) return;
        const headers = { ...letter.headers, [HEADER.replays]: letter.messageId };
        const messageId = `replay-${published.length}-${broker.ready.length}-${broker.now}`;
        broker.ready.push({ ...letter, headers, messageId });
        if (!given.keep) broker.letters.splice(at, 1);
      },
    ),
);

/** Complete from a run that was given up counts; any other word of such a run is refused, and says so. */
function refused(error: unknown): void {
  if (!(error instanceof InputError)) throw error;
}
