export const LEVELS = ['problem', 'warning', 'unknown', 'ok'] as const;

/**
 * `problem`: a promise breaks, now or at the next restart. `warning`: one may. `unknown`: it could not be read from here.
 */
export type Level = (typeof LEVELS)[number];

export interface Finding {
  readonly level: Level;
  /** Stable name of what was looked at, such as `redis_eviction`. */
  readonly check: string;
  readonly said: string;
  readonly remedy?: string | undefined;
  /** Where it was read. */
  readonly source: string;
}

/** Findings of one source. */
export class Findings {
  readonly all: Finding[] = [];

  constructor(private readonly source: string) {}

  add(
    level: Level,
    check: string,
    said: string,
    { remedy, source = this.source }: { readonly remedy?: string; readonly source?: string } = {},
  ): void {
    this.all.push({ level, check, said, ...(remedy !== undefined && { remedy }), source });
  }
}

const UNITS: readonly [name: string, ms: number][] = [
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** Such as 25 minutes or 1.5 days. */
export function spell(ms: number): string {
  const [name, size] = UNITS.find(([, least]) => ms >= least) ?? ['second', 1000];
  const count = Math.round((ms / size) * 10) / 10;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
