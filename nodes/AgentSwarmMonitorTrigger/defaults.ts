import { monitorSchema } from '../../src/index';

/** The form takes its defaults from the engine, so the two cannot disagree. */
export const DEFAULTS = monitorSchema.parse({});
