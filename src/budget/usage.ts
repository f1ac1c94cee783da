import { randomUUID } from 'node:crypto';

import type { UsageOptions } from '../contract/budget';
import type { Lease } from '../contract/verdicts';
import type { Budgets } from './budgets';
import type { Reservation } from './reservation';
import { shareOf } from './share';

/** What calls were made for. */
export interface UsedFor {
  /** Reserved for this one call. */
  readonly reservation?: Reservation | undefined;
  /** The task of the run, whose trigger may have reserved for all of its calls. */
  readonly task?: (Lease & { readonly scope: string }) | undefined;
}

/** Used, or refused by the provider (429). */
export type Used =
  | ({ readonly kind: 'used' } & Omit<UsageOptions, 'ok'>)
  | { readonly kind: 'refused'; readonly retryAfterMs?: number | undefined };

export type UsedVerdict =
  /** The reservation is over. */
  | 'ended'
  /** It was over before; nothing changed. */
  | 'already'
  /** Added to what the run used; charged when it is over. */
  | 'noted'
  /** Nothing was reserved: charged now. */
  | 'charged'
  /** Nobody calls until the block is over. */
  | 'blocked'
  /** No budget has this name. */
  | 'none';

/** Tells a budget of a call that was made outside of this pack. */
export async function reportUsage(
  budgets: Budgets,
  budget: string,
  used: Used,
  { reservation, task }: UsedFor,
): Promise<UsedVerdict> {
  const share = task && shareOf(task.scope, task);
  if (used.kind === 'refused') {
    const id = reservation?.id ?? share;
    if ((await budgets.block(budget, used.retryAfterMs, id)) === undefined) return 'none';
    if (reservation) await budgets.reconcile(reservation, { input: 0, output: 0, ok: false });
    return 'blocked';
  }
  const { requests, input, output } = used;
  const usage = { requests, input, output };
  if (reservation) {
    const ended = await budgets.reconcile(reservation, usage);
    return ended === 'unknown' ? 'charged' : ended;
  }
  const noted = share === undefined ? 'unknown' : await budgets.report(budget, share, usage);
  if (noted !== 'unknown') return noted === 'ended' ? 'already' : noted;
  const ended = await budgets.reconcile(unreserved(budget), usage);
  return ended === 'none' ? ended : 'charged';
}

function unreserved(budget: string): Reservation {
  const reserved = { requests: 0, input: 0, output: 0 };
  return { budget, id: randomUUID(), tenant: '', learn: '', reserved, leaseMs: 0 };
}
