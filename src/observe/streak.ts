import type { Seen } from './finding';

/** What was seen without a break, and since when (ms of any clock that only goes forward). */
export interface Streak {
  readonly seen: 'trouble' | 'well';
  readonly since: number;
}

/** What stands between trouble and well, and what nobody knows, breaks a streak: neither a beginning nor an end may rest on it. */
export function lengthened(
  before: Streak | undefined,
  seen: Seen,
  now: number,
): Streak | undefined {
  if (seen === 'between' || seen === 'unknown') return undefined;
  return before?.seen === seen ? before : { seen, since: now };
}

/** Whether a state begins or ends now. Pure. @param stands whether it has begun and not ended */
export function changeOf(
  streak: Streak | undefined,
  stands: boolean,
  now: number,
  { beginMs, endMs }: { readonly beginMs: number; readonly endMs: number },
): 'began' | 'ended' | undefined {
  if (!streak || stands === (streak.seen === 'trouble')) return undefined;
  const lasted = now - streak.since;
  if (streak.seen === 'trouble') return lasted >= beginMs ? 'began' : undefined;
  return lasted >= endMs ? 'ended' : undefined;
}
