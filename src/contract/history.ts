/** One try that ended in a failure or was put off. */
export interface Attempt {
  /** ISO time. */
  readonly at: string;
  readonly error: string;
  /** What it waited for the next one; absent for the last. */
  readonly delay_ms?: number | undefined;
  /** False for one that was only put off. */
  readonly counts?: boolean | undefined;
  readonly execution?: string | undefined;
}

/** The history of a task as its hash keeps it: JSON objects, separated by commas. Of one that was left by its process `at` is in ms. */
export function attemptsOf(history = ''): Attempt[] {
  try {
    const all = JSON.parse(`[${history}]`) as (Omit<Attempt, 'at'> & { at: string | number })[];
    return all.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() }));
  } catch {
    return [];
  }
}
