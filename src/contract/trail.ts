import { z } from 'zod/v4';

import type { Stage } from './run';

const trailSchema = z.array(
  z.object({
    queue: z.string(),
    intent: z.string(),
    at: z.string(),
    note: z.string().optional(),
  }),
);

/** Of a header; undefined for none, and for what is no trail: it must not keep a task from running. */
export function readTrail(header: unknown): readonly Stage[] | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    return trailSchema.parse(JSON.parse(header));
  } catch {
    return undefined;
  }
}
