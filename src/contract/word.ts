import { z } from 'zod/v4';

import type { Word } from './verdicts';

/** How words travel and are kept: their kind, and as JSON what belongs to it. */

const runError = z.object({
  name: z.string(),
  message: z.string(),
  httpStatus: z.number().optional(),
  stack: z.string().optional(),
  node: z.string().optional(),
  execution: z.string().optional(),
  code: z.string().optional(),
  retryAfterMs: z.number().optional(),
});

const wordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('complete'), result: z.json().optional() }),
  z.object({ kind: z.literal('cancel') }),
  z.object({ kind: z.literal('fail'), error: runError }),
  z.object({
    kind: z.literal('retry_later'),
    afterMs: z.number().nonnegative().optional(),
    counts: z.boolean(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('dead_letter'), message: z.string() }),
]);

/** What belongs to a word, as JSON; empty when nothing does. */
export function writeSaid({ kind: _kind, ...said }: Word): string {
  return Object.keys(said).length === 0 ? '' : JSON.stringify(said);
}

/**
 * Reads a word. One that this version does not know (a neighbouring version wrote it) counts as a failure that may pass: the task is
 * tried again rather than lost.
 */
export function readWord(kind: string, said: string): Word {
  const parsed = wordSchema.safeParse({ ...parse(said), kind });
  if (parsed.success) return parsed.data;
  return {
    kind: 'fail',
    error: { name: 'UnknownWord', message: `a node said "${kind}", which is not known here` },
  };
}

function parse(said: string): object {
  if (said === '') return {};
  try {
    return JSON.parse(said) as object;
  } catch {
    return {};
  }
}
