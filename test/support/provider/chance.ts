import { createHash } from 'node:crypto';

/** A number in [0, 1), always the same for the same seed and words. */
export type Chance = (...words: Array<string | number>) => number;

/**
 * Drawn from what is asked, not from a running sequence: with many callers at once the order of
 * arrival differs from run to run, and a sequence would hit other calls every time.
 */
export function seededChance(seed: number): Chance {
  return (...words) => {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, ...words]))
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}
