import { z } from 'zod/v4';

/** Small JSON object, free of functions and dates: what fits into a message body. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined);

const count = z.number().int().nonnegative();

/**
 * The message that carries a task. Only `task_id` and `intent` are required, so that any producer in any language
 * can publish; unknown fields pass through untouched.
 */
export const referenceSchema = z.looseObject({
  task_id: z.string().min(1).max(512),
  intent: z.string().min(1).max(255),
  ref: z.string().min(1).max(2048).nullish(),
  tenant: z.string().min(1).max(255).nullish(),
  group_id: z.string().min(1).max(255).nullish(),
  /** ISO 8601 time; a task that arrives later is dead-lettered without a run. */
  deadline: z.iso.datetime({ offset: true }).nullish(),
  estimate: z
    .looseObject({
      requests: count.optional(),
      input_tokens: count.optional(),
      output_tokens: count.optional(),
    })
    .nullish(),
  data: z.record(z.string(), json).nullish(),
  idempotency_key: z.string().min(1).max(512).nullish(),
});

export type Reference = z.infer<typeof referenceSchema>;

/** `field: what is wrong` for the first thing a schema found, in the words of the wire. */
export function firstProblem(error: z.core.$ZodError): { field: string; problem: string } {
  const issue = error.issues[0];
  if (!issue) return { field: 'message', problem: 'is not valid' };
  return { field: issue.path.join('.') || 'message', problem: issue.message };
}
