/**
 * What has to be undone, last first. Each is tried whatever became of the others: a broker that is
 * gone must not keep the other servers running.
 */
export class Closing {
  private readonly acts: Array<() => Promise<unknown>> = [];

  add(act: () => Promise<unknown>): void {
    this.acts.push(act);
  }

  /** Returns what could not be undone. May be called twice. */
  async close(): Promise<Error[]> {
    const errors: Error[] = [];
    for (const act of this.acts.splice(0).reverse()) {
      await act().catch((error: unknown) => {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      });
    }
    return errors;
  }
}

/** All results, or the first error after every one has come to an end: nothing is left half started. */
export async function together<T extends readonly Promise<unknown>[]>(
  starts: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starts);
  return await Promise.all(starts);
}
