/** The ways of a queue: batch 1 that leaves the end to n8n, batch 1 with a Complete, batch 25 with a Complete for each item. */
export const LINES = ['end', 'complete', 'batch'] as const;
export type LineName = (typeof LINES)[number];

/**
 * What becomes of a task when nothing else goes wrong: `fails_once` gets a 503 from the LLM and may pass, `hard` a 422 and cannot;
 * the first run of `silent` never reports; `poison` is no reference.
 */
export type Kind = 'fine' | 'fails_once' | 'hard' | 'silent' | 'poison';

export interface Planned {
  readonly id: string;
  readonly line: LineName;
  readonly kind: Kind;
  /** A second message of the same task is published. */
  readonly doubled: boolean;
  /** How long the LLM takes to answer, ms. */
  readonly thinksMs: number;
}

const FAILS_ONCE = 9;
const HARD = 1;
const POISON = 2;
const SILENT = 2;
const DOUBLED = 5;

/** Of 100 tasks 10 fail (one of them for good), 2 are poison, 2 do not report, and 5 are doubled. */
export function planTask(line: LineName, index: number): Planned {
  // 37 and 100 have no common divisor: each share comes once in a hundred, well apart.
  const place = (index * 37) % 100;
  const kind = kindAt(place);
  return {
    id: `${line}-${index}`,
    line,
    kind,
    doubled: kind === 'fine' && place >= 100 - DOUBLED,
    thinksMs: 100 + ((index * 7919) % 700),
  };
}

function kindAt(place: number): Kind {
  const shares: [Kind, number][] = [
    ['fails_once', FAILS_ONCE],
    ['hard', HARD],
    ['poison', POISON],
    ['silent', SILENT],
  ];
  let to = 0;
  for (const [kind, share] of shares) {
    to += share;
    if (place < to) return kind;
  }
  return 'fine';
}

/** The message of a task as any producer would publish it. */
export function messageOf({ id, kind }: Planned): object | string {
  if (kind === 'poison') return `poison ${id}`;
  return { task_id: id, intent: 'extract', ref: `pg:documents/${id}` };
}

/** Whether it ends as a dead letter when nothing else goes wrong. */
export const endsDead = ({ kind }: Planned): boolean => kind === 'hard' || kind === 'poison';
