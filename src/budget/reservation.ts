import { z } from 'zod/v4';

import { budgetNameSchema, type Ask } from '../contract/budget';
import type { Amount } from '../contract/budgetVerdicts';
import { InputError } from '../contract/errors';
import { readOpaque, writeOpaque } from '../contract/opaque';

const count = z.number().int().nonnegative();
const amountSchema = z.object({ requests: count, input: count, output: count });

const reservationSchema = z.object({
  budget: budgetNameSchema,
  id: z.string().min(1),
  tenant: z.string(),
  /** Kind of answers that its own is one of; empty: nothing is learned. */
  learn: z.string(),
  reserved: amountSchema,
  leaseMs: count,
});

/** A lease on part of a budget. Plain data: it may be handed to another process, which then ends it. */
export type Reservation = Readonly<z.infer<typeof reservationSchema>>;

export function reservationOf(budget: string, ask: Ask, reserved: Amount): Reservation {
  const { id, tenant, learn, leaseMs } = ask;
  return { budget, id, tenant, learn, reserved, leaseMs };
}

/** As one word, for items of a workflow. */
export const writeReservation = (reservation: Reservation): string => writeOpaque(reservation);

/** @throws InputError when it is not what `writeReservation` wrote */
export function readReservation(text: string): Reservation {
  const read = reservationSchema.safeParse(readOpaque(text));
  if (read.success) return read.data;
  throw new InputError(
    'Reservation',
    'is none that Budget: Wait for Budget gave out',
    'Use budget.reservation of its item, unchanged.',
  );
}
