import type { Ask } from '../contract/budget';
import type { Amount } from '../contract/budgetVerdicts';

/** A lease on part of a budget. Plain data: it may be handed to another process, which then ends it. */
export interface Reservation {
  readonly budget: string;
  readonly id: string;
  readonly tenant: string;
  /** Kind of answers that its own is one of; empty: nothing is learned. */
  readonly learn: string;
  readonly reserved: Amount;
  readonly leaseMs: number;
}

export function reservationOf(budget: string, ask: Ask, reserved: Amount): Reservation {
  const { id, tenant, learn, leaseMs } = ask;
  return { budget, id, tenant, learn, reserved, leaseMs };
}
