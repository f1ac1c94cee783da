import { z } from 'zod/v4';

import { amqpName } from './settings';

/** Tasks fanned out together, and when their join is due. */

/**
 * When the join is due: when every child has ended, when so many have succeeded, or when the first has, which also stops the rest. In any
 * case when that can no more happen, and at the deadline.
 */
export const JOIN_WHEN = ['all', 'at_least', 'first_success'] as const;

export const groupSchema = z
  .object({
    joinWhen: z.enum(JOIN_WHEN).default('all'),
    /** Successes that `at_least` waits for. */
    atLeast: z.int().min(1).optional(),
    /** What the join asks for. */
    joinIntent: amqpName.default('join'),
    /** From the fan-out to the join at the latest, ms, 1 s to 30 days. */
    deadlineMs: z
      .int()
      .min(1000)
      .max(30 * 24 * 3_600_000)
      .default(24 * 3_600_000),
    /** How long a group is remembered after its join is due, ms, 1 min to 90 days. */
    rememberMs: z
      .int()
      .min(60_000)
      .max(90 * 24 * 3_600_000)
      .default(24 * 3_600_000),
    /** Children of one group, 1 to 100,000. */
    mostChildren: z.int().min(1).max(100_000).default(10_000),
    /** Groups within groups, 1 to 32; the children of a task that is in no group are at depth 1. */
    mostDepth: z.int().min(1).max(32).default(5),
  })
  .refine(({ joinWhen, atLeast }) => joinWhen !== 'at_least' || atLeast !== undefined, {
    path: ['atLeast'],
    message: 'is empty',
  });

export type GroupSettings = z.infer<typeof groupSchema>;
export type GroupOptions = z.input<typeof groupSchema>;

/** A task's place in a group. */
export interface Membership {
  readonly group: string;
  /** From 0, in the order of the children. */
  readonly index: number;
  /** Groups within groups: 1 for the children of a task that is in none. */
  readonly depth: number;
}

const MEMBERSHIP = /^(\d{1,6}):(\d{1,2}):(.{1,255})$/s;

/** As it travels in a header, and stands in a task's state. */
export function writeMembership({ group, index, depth }: Membership): string {
  return `${index}:${depth}:${group}`;
}

/** Undefined for what is none: a foreign header must not keep a task from running. */
export function readMembership(text: unknown): Membership | undefined {
  const [, index, depth, group] = (typeof text === 'string' && MEMBERSHIP.exec(text)) || [];
  if (group === undefined) return undefined;
  return { group, index: Number(index), depth: Number(depth) };
}

/** How a child ended. `unpublished`: no queue took it. */
export const CHILD_ENDS = ['done', 'dead', 'canceled', 'unpublished'] as const;
export type ChildEnd = (typeof CHILD_ENDS)[number];

/** Why the join is due: no child is open, enough succeeded, too many failed for that, or the deadline. */
export type ClosedBy = 'all' | 'enough' | 'hopeless' | 'deadline';

/** Counts of a group's children, and the first of those that did not succeed: frozen when the join is due. */
export interface GroupCounts {
  readonly total: number;
  readonly done: number;
  readonly dead: number;
  readonly canceled: number;
  readonly unpublished: number;
  /** Had not ended. */
  readonly open: number;
}
