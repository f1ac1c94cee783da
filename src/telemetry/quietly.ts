/** What is told of work must not end the work: a fault in the telling is passed over. */
export function quietly<T>(tell: () => T): T | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}

/** The same, of which nothing throws. */
export function quiet<T extends { readonly [K in keyof T]: (...given: never[]) => void }>(
  telling: T,
): T {
  const acts = Object.entries<(...given: never[]) => void>(telling);
  return Object.fromEntries(
    acts.map(([name, act]) => [name, (...given: never[]) => quietly(() => act(...given))]),
  ) as T;
}
