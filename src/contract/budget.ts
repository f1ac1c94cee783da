import { z } from 'zod/v4';

const count = z.int().min(1).max(1_000_000_000_000);

/** What a provider grants within one span of time; what is left out has no limit. */
const amountsSchema = z.object({
  /** Calls. */
  requests: count.optional(),
  /** Tokens of prompts. */
  input: count.optional(),
  /** Tokens of answers. */
  output: count.optional(),
  /** Tokens of both together. */
  total: count.optional(),
});

/**
 * The limits of one LLM key and model, as its provider states them. They hold in every 60 s (`minute`) and every 24 h (`day`), wherever
 * such a span begins, and not only from one full minute to the next.
 */
export const budgetSchema = z.object({
  minute: amountsSchema.prefault({}),
  day: amountsSchema.prefault({}),
  /** Calls under way at once, 1 to 100,000. Without it the budget finds out by itself when `adaptive` is on. */
  calls: z.int().min(1).max(100_000).optional(),
  /** Share of every minute limit, and of `calls`, that one tenant may have, above 0 to 1; it may always have one call. */
  tenantShare: z.number().gt(0).max(1).default(1),
  /**
   * Pacing: share of a minute limit that may be granted at once, 0.01 to 1; the rest is spread evenly. 1: no pacing, the whole limit
   * may go in the first second.
   */
  burst: z.number().min(0.01).max(1).default(1),
  /** What a charge stays longer than its minute or day, ms, 0 to 30 s: the way to the provider, whose clock starts later. */
  guardMs: z.int().min(0).max(30_000).default(2000),
  /** Fewer calls at once while the provider pushes back, more when it does not. Stands back where `calls` is set. */
  adaptive: z
    .object({
      /** Calls at once before anything is known, when no minute limit bounds them, 1 to 10,000. */
      start: z.int().min(1).max(10_000).default(10),
      /** Never more, 1 to 100,000. */
      most: z.int().min(1).max(100_000).default(1000),
    })
    .nullable()
    .prefault({}),
});

export type BudgetLimits = z.infer<typeof budgetSchema>;
export type BudgetOptions = z.input<typeof budgetSchema>;

export const budgetNameSchema = z.string().min(1, 'is empty').max(512);

/** `strict`: as much output as the call may answer. `learned`: as much as it usually answers; what goes over is charged as debt. */
export const RESERVE_OUTPUT = ['strict', 'learned'] as const;

const tokens = z.int().min(0).max(1_000_000_000);

/** What one call needs. */
export const askSchema = z.object({
  /** Names the reservation: the same id asked twice is one charge. Fresh for every call of a model. */
  id: z.string().min(1).max(200),
  /** Requests it will make, 0 to 1,000. */
  requests: z.int().min(0).max(1000).default(1),
  /** Tokens of the prompt. */
  input: tokens.default(0),
  /** The most tokens it may answer. */
  output: tokens.default(0),
  reserve: z.enum(RESERVE_OUTPUT).default('strict'),
  /** Answers of one length: node and model, for `learned`. */
  learn: z.string().max(1000).default(''),
  tenant: z.string().max(512).default(''),
  /** Its run was granted a call before: it goes before runs that were not, or many would begin and none end. */
  begun: z.boolean().default(false),
  /** The reservation is held so long without being extended, ms, 1 s to 10 min. */
  leaseMs: z.int().min(1000).max(600_000).default(30_000),
});

export type Ask = z.infer<typeof askSchema>;
export type AskOptions = z.input<typeof askSchema>;

/** What a call used in the end. What is left out counts as reserved: nobody knows better. */
export const usageSchema = z.object({
  requests: z.int().min(0).max(1000).optional(),
  input: tokens.optional(),
  output: tokens.optional(),
  /** The call ended well: more calls at once may go, and the length of its answer is learned. */
  ok: z.boolean().default(true),
});

export type Usage = z.infer<typeof usageSchema>;
export type UsageOptions = z.input<typeof usageSchema>;

/**
 * `wait_while_blocked`: a task waits while nobody may call, and what it calls is counted elsewhere. `reserve`: each task is charged as a
 * whole before it runs.
 */
export const BUDGET_USE = ['wait_while_blocked', 'reserve'] as const;

/** What a consumer asks of a budget before it runs a task. */
export const taskBudgetSchema = z.object({
  name: budgetNameSchema,
  use: z.enum(BUDGET_USE).default('wait_while_blocked'),
  /** What a task needs whose message does not say, field by field. */
  estimate: z
    .object({
      requests: z.int().min(0).max(1000).default(1),
      input: tokens.default(0),
      output: tokens.default(0),
    })
    .prefault({}),
  /** Creates the budget when there is none. */
  limitsIfNew: budgetSchema.optional(),
});

export type TaskBudget = z.infer<typeof taskBudgetSchema>;
