import { z } from 'zod/v4';

import type { Delivery } from '../contract/message';
import { readSettings } from '../contract/settings';
import { fits, letterFilterSchema } from './filter';
import { readLetter, readWholeLetter, type Letter, type WholeLetter } from './letter';
import { Tally, type Groups } from './tally';
import { walk, type Desk } from './walk';

export const browseSchema = z.object({
  filter: letterFilterSchema.prefault({}),
  /** Letters that are given, 0 to 100,000; those beyond it are counted alone. */
  limit: z.int().min(0).max(100_000).default(50),
  /** Ends with the last letter that is given: counts are of those alone. */
  untilLimit: z.boolean().default(false),
});

export type BrowseOptions = z.input<typeof browseSchema>;

export interface Browsed<L> {
  /** The oldest first. */
  readonly letters: readonly L[];
  /** All that waited in the queue and nobody else had in hand. */
  readonly looked_at: number;
  readonly matched: number;
  readonly groups: Groups;
}

/**
 * Looks at the letters of a dead-letter queue without taking any: their order and content stay.
 *
 * @throws InputError for a filter that cannot be used
 * @throws SwarmError when the queue is not there, or the broker is away
 */
export async function browse(desk: Desk, options: BrowseOptions): Promise<Browsed<Letter>> {
  return await look(desk, options, (_delivery, letter) => letter);
}

/** As `browse`, with body, headers and stack. */
export async function browseWhole(
  desk: Desk,
  options: BrowseOptions,
): Promise<Browsed<WholeLetter>> {
  return await look(desk, options, readWholeLetter);
}

async function look<L extends Letter>(
  desk: Desk,
  options: BrowseOptions,
  read: (delivery: Delivery, letter: Letter) => L,
): Promise<Browsed<L>> {
  const { filter, limit, untilLimit } = readSettings(browseSchema, options);
  const wanted = fits(filter, Date.now());
  let letters: L[] = [];
  let tally = new Tally();
  let [lookedAt, matched] = [0, 0];
  await walk(desk, {
    begin() {
      letters = [];
      tally = new Tally();
      [lookedAt, matched] = [0, 0];
    },
    visit(delivery) {
      lookedAt += 1;
      const letter = readLetter(delivery);
      if (!wanted(letter)) return true;
      matched += 1;
      tally.add(letter);
      if (letters.length < limit) letters.push(read(delivery, letter));
      return !untilLimit || letters.length < limit;
    },
  });
  return { letters, looked_at: lookedAt, matched, groups: tally.groups };
}

/**
 * One letter, whole; undefined when the queue has none of this id, or somebody else has it in hand.
 *
 * @throws SwarmError when the queue is not there, or the broker is away
 */
export async function getLetter(desk: Desk, id: string): Promise<WholeLetter | undefined> {
  let found: WholeLetter | undefined;
  await walk(desk, {
    begin: () => undefined,
    visit(delivery) {
      const letter = readLetter(delivery);
      if (letter.id === id) found = readWholeLetter(delivery, letter);
      return found === undefined;
    },
  });
  return found;
}
