import type { Letter } from './letter';

/** How many letters share a value, the most frequent first. */
export type Counts = Readonly<Record<string, number>>;

/** Letters in groups. Of a value that is not known the name is empty. */
export interface Groups {
  readonly reason: Counts;
  readonly intent: Counts;
  readonly tenant: Counts;
  readonly error: Counts;
}

/** So many values are told apart; the others are counted together. */
const MOST_VALUES = 200;
const OTHERS = '(others)';
const LONGEST_VALUE = 120;

const GROUPED = {
  reason: ({ reason }) => reason,
  intent: ({ intent }) => intent,
  tenant: ({ tenant }) => tenant,
  error: ({ error, message }) => error ?? message,
} satisfies Record<keyof Groups, (letter: Letter) => string | null>;

/** Counts letters in bounded memory. */
export class Tally {
  private readonly counts = new Map(
    Object.keys(GROUPED).map((group) => [group, new Map<string, number>()]),
  );

  add(letter: Letter): void {
    for (const [group, valueOf] of Object.entries(GROUPED)) {
      const counts = this.counts.get(group) as Map<string, number>;
      const value = (valueOf(letter) ?? '').slice(0, LONGEST_VALUE);
      const name = counts.has(value) || counts.size < MOST_VALUES ? value : OTHERS;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }

  get groups(): Groups {
    const told = [...this.counts].map(([group, counts]) => {
      const sorted = [...counts].sort(([, a], [, b]) => b - a);
      return [group, Object.fromEntries(sorted)] as const;
    });
    return Object.fromEntries(told) as unknown as Groups;
  }
}
