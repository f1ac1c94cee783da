/** What stands in the way of an amount. */
export interface Shortage {
  used: number;
  /** Until there is room; undefined when there never will be. */
  retryAfterMs?: number;
}

export interface Room {
  limit: number;
  remaining: number;
  /** Until it is as good as unused. */
  resetMs: number;
}

/** The rule of one limit. Functions, because both may change while calls run. */
export interface Rule {
  /** Each window; undefined: no limit. */
  limit: () => number | undefined;
  windowMs: () => number;
  now: () => number;
}

/** The account of what was used of one limit. */
export interface Meter {
  /** undefined: there is room for so much. */
  shortage(amount: number): Shortage | undefined;
  /** undefined: no limit. */
  room(): Room | undefined;
}
