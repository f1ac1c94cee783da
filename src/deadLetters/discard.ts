import { z } from 'zod/v4';

import { readSettings } from '../contract/settings';
import { fits, letterFilterSchema } from './filter';
import { readLetter, readWholeLetter, type WholeLetter } from './letter';
import { Tally, type Groups } from './tally';
import { walk, type Desk } from './walk';

export const discardSchema = z.object({
  filter: letterFilterSchema.prefault({}),
  /** At most so many, the oldest first; absent: all that match. */
  limit: z.int().min(1).optional(),
  /** Only say what would be discarded. */
  dryRun: z.boolean().default(false),
});

export type DiscardOptions = z.input<typeof discardSchema>;

export interface Discarded {
  readonly looked_at: number;
  readonly matched: number;
  /** 0 for a dry run. */
  readonly discarded: number;
  /** Of what was discarded, or would be. */
  readonly groups: Groups;
}

/**
 * Removes letters for good. Each is told, whole, before it goes: that is where its end is recorded. They go all together when the last was
 * told, so that one act that breaks off removes none.
 *
 * @param told not called for a dry run; what it throws ends the act
 * @throws InputError for a filter that cannot be used
 * @throws SwarmError when the queue is not there, or the broker is away
 */
export async function discard(
  desk: Desk,
  options: DiscardOptions,
  told: (letter: WholeLetter) => void | Promise<void>,
): Promise<Discarded> {
  const { filter, limit = Infinity, dryRun } = readSettings(discardSchema, options);
  const wanted = fits(filter, Date.now());
  const tally = new Tally();
  const going: (() => void)[] = [];
  let [lookedAt, matched] = [0, 0];
  await walk(desk, {
    begin: () => undefined,
    async visit(delivery, letGo) {
      lookedAt += 1;
      const letter = readLetter(delivery);
      if (!wanted(letter)) return true;
      matched += 1;
      tally.add(letter);
      if (!dryRun) {
        await told(readWholeLetter(delivery, letter));
        going.push(letGo);
      }
      return matched < limit;
    },
    last: () => going.forEach((letGo) => letGo()),
  });
  return { looked_at: lookedAt, matched, discarded: going.length, groups: tally.groups };
}
