import { consumerSchema } from '../../src/index';

/** The engine's own defaults: n8n sends only the options a person added, so both must be the same. */
export const DEFAULTS = consumerSchema.parse({ topology: { queue: 'any' } });

/** For a test by hand until a person types another one. */
export const EXAMPLE_JSON = JSON.stringify(
  { task_id: 'doc-42', intent: 'summarise', ref: 'pg:documents/42' },
  null,
  2,
);
