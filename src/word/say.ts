import { InputError } from '../contract/errors';
import { readMembership } from '../contract/group';
import { patiently } from '../contract/patience';
import type { Word, WordKind } from '../contract/verdicts';
import { writeSaid } from '../contract/word';
import { Ends } from '../group/ends';
import type { Store } from '../store/store';
import { sayScript } from './sayScript';
import type { LiveToken } from './token';

/** Largest result of a task as JSON, in bytes: groups have thousands of them. */
export const MAX_RESULT_BYTES = 16 * 1024;

/** How long an end is remembered when the trigger that would say so is gone, ms. */
const REMEMBER_MS = 24 * 3_600_000;

/** Words that end a run's part in its task; a cancel is not said by a run. */
export type RunWord = Exclude<Word, { kind: 'cancel' }>;

/** How long a word waits for a store that is away, ms: to say it late costs less than to run its task again. */
const SAY_WAIT_MS = 300_000;

export interface Said {
  /** This call recorded the word. */
  readonly recorded: boolean;
  /** What stood before, when it was not recorded: a word that is not settled yet, or the state of the task. */
  readonly before?: string | undefined;
}

/**
 * Says what shall become of the task of a delivery. Works on any process and at any time; the trigger hears it and settles.
 *
 * @throws InputError when the run was given up (all words but Complete), when the task was corrected and is other work by now, or when
 *   a result is too large
 * @throws UnavailableError while the store is away; safe to repeat
 */
export async function say(store: Store, token: LiveToken, word: RunWord): Promise<Said> {
  const { keys } = store;
  const said = writeSaid(word);
  if (word.kind === 'complete') checkResult(said);
  const { scope, key, fence, fingerprint } = token;
  const [answer, before = '', place] = (await store.run(
    sayScript,
    [keys.task(scope, key), keys.spoken(scope)],
    [word.kind, said, String(fence), fingerprint, key, keys.words(scope), REMEMBER_MS],
  )) as string[];
  const child = readMembership(place);
  // No trigger has it in hand: nobody else would tell its group before a copy of it comes back.
  if (child) await new Ends(store, { limitMs: 0 }).countTask(child, { scope, key });
  switch (answer) {
    case 'other':
      throw new InputError(
        'Delivery',
        `is of an older version of task "${key}", which was corrected since`,
        'Nothing was recorded. The run of the corrected task decides.',
      );
    case 'stale':
      throw stale(word.kind, key, before);
    default:
      return answer === 'recorded' ? { recorded: true } : { recorded: false, before };
  }
}

/**
 * Says it as soon as the store is back, within five minutes.
 *
 * @param use opens the store for one call; @param signal ends the wait
 * @throws what `say` throws; ClosedError when the signal aborts
 */
export function sayPatiently(
  use: (act: (store: Store) => Promise<Said>) => Promise<Said>,
  token: LiveToken,
  word: RunWord,
  signal?: AbortSignal,
): Promise<Said> {
  const act = () => use((store) => say(store, token, word));
  return patiently(act, { limitMs: SAY_WAIT_MS, signal });
}

function checkResult(said: string): void {
  const bytes = Buffer.byteLength(said);
  if (bytes <= MAX_RESULT_BYTES) return;
  throw new InputError(
    'Result',
    `has ${bytes} bytes, more than ${MAX_RESULT_BYTES}`,
    'Store it with Payload: Store, and give its claim as the result.',
  );
}

function stale(word: WordKind, key: string, state: string): InputError {
  const now = state === '' ? 'forgotten' : state;
  return new InputError(
    'Delivery',
    `does not own task "${key}" any more, which is ${now}: "${word}" was not recorded`,
    'The run took longer than the run limit, or its process stopped for longer than a lease, and the task was settled or taken over. Only Complete still counts.',
  );
}
