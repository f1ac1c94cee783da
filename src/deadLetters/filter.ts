import { z } from 'zod/v4';

import type { Letter } from './letter';

/** A year. */
const LONGEST_AGE_MS = 366 * 24 * 3_600_000;

/** Which dead letters: those that fit everything that is given. Nothing given: all. */
export const letterFilterSchema = z.object({
  /** Ids of letters. */
  ids: z.array(z.string().min(1)).min(1).optional(),
  reasons: z.array(z.string().min(1)).min(1).optional(),
  intent: z.string().min(1).optional(),
  tenant: z.string().min(1).optional(),
  /** Key of the task. */
  key: z.string().min(1).optional(),
  /** Stands in the error's name or message, in capitals or not. */
  error: z.string().min(1).optional(),
  /** Gave up at least, and at most, so long ago, ms. A letter that does not say when fits neither. */
  olderThanMs: z.int().min(0).max(LONGEST_AGE_MS).optional(),
  newerThanMs: z.int().min(0).max(LONGEST_AGE_MS).optional(),
});

export type LetterFilter = z.infer<typeof letterFilterSchema>;

export type Fits = (letter: Letter) => boolean;

export function fits(filter: LetterFilter, now: number): Fits {
  const { ids, reasons, intent, tenant, key, error, olderThanMs, newerThanMs } = filter;
  const part = error?.toLowerCase();
  const tests: Fits[] = [];
  if (ids) tests.push(({ id }) => ids.includes(id));
  if (reasons) tests.push(({ reason }) => reasons.includes(reason));
  if (intent !== undefined) tests.push((letter) => letter.intent === intent);
  if (tenant !== undefined) tests.push((letter) => letter.tenant === tenant);
  if (key !== undefined) tests.push((letter) => letter.key === key);
  if (part !== undefined) {
    tests.push((letter) =>
      [letter.error, letter.message].some((said) => said?.toLowerCase().includes(part)),
    );
  }
  const age = ({ failed_at: at }: Letter) => (at === null ? NaN : now - Date.parse(at));
  if (olderThanMs !== undefined) tests.push((letter) => age(letter) >= olderThanMs);
  if (newerThanMs !== undefined) tests.push((letter) => age(letter) <= newerThanMs);
  return (letter) => tests.every((test) => test(letter));
}
