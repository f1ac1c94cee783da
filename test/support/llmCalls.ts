/** One call as the provider saw it. */
export interface Seen {
  readonly arrived: number;
  readonly ended: number;
  readonly tokens: number;
  readonly rejected: boolean;
  readonly task?: string | undefined;
}

/** Most tokens that ended within any 60 s, wherever they begin. */
export function mostInAMinute(calls: readonly Seen[]): number {
  const ends = calls.filter(({ rejected }) => !rejected).sort((a, b) => a.ended - b.ended);
  let [from, held, most] = [0, 0, 0];
  for (const call of ends) {
    held += call.tokens;
    while ((ends[from] as Seen).ended <= call.ended - 60_000) held -= (ends[from++] as Seen).tokens;
    most = Math.max(most, held);
  }
  return most;
}

export interface CallLength {
  readonly input: number;
  readonly output: number;
  readonly takesMs: number;
}

/** Long-tailed: median 300, never above 4,096; 50 tokens a second. */
export function longTailed(chance: () => number, sigma = 1): CallLength {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  const output = Math.min(4096, Math.max(1, Math.round(300 * Math.exp(sigma * normal))));
  return { input: 200, output, takesMs: output * 20 };
}
