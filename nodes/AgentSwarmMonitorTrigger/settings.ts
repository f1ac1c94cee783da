import type { ITriggerFunctions } from 'n8n-workflow';

import { monitorSchema, readSettings, type MonitorSettings } from '../../src/index';
import { listIn, MINUTE_MS, times } from '../shared/amounts';
import { inFormWords, type Labels } from '../shared/formWords';

/** Settings of the engine, and the fields of the form they come from. */
const LABELS: Labels = {
  watch: 'Watch For',
  queues: 'Queues',
  budgets: 'Budgets',
  everyMs: 'Look Every (Seconds)',
  beginMs: 'Begins After (Seconds)',
  endMs: 'Ends After (Seconds)',
  depth: 'Too Many Tasks Above',
  ageMs: 'Too Old Above (Minutes)',
  endBelow: 'Ends Below (Percent)',
  quietMs: 'Dead Letters Quiet For (Minutes)',
  stalledMs: 'Stalled After (Minutes)',
  fullMs: 'Minute Limit Full For (Minutes)',
};

/** The form as n8n stores it: options hold only what a person added. */
interface Options {
  readonly depth?: number;
  readonly ageMinutes?: number;
  readonly beginSeconds?: number;
  readonly endSeconds?: number;
  readonly endPercent?: number;
  readonly quietMinutes?: number;
  readonly stalledMinutes?: number;
  readonly fullMinutes?: number;
  readonly everySeconds?: number;
}

/** @throws InputError naming the field as the form shows it */
export function readMonitorSettings(context: ITriggerFunctions): MonitorSettings {
  const options = context.getNodeParameter('options', {}) as Options;
  return inFormWords(LABELS, () =>
    readSettings(monitorSchema, {
      watch: context.getNodeParameter('watch', undefined),
      queues: names(context.getNodeParameter('queues', '')),
      budgets: names(context.getNodeParameter('budgets', '')),
      depth: options.depth,
      ageMs: times(options.ageMinutes, MINUTE_MS),
      beginMs: times(options.beginSeconds, 1000),
      endMs: times(options.endSeconds, 1000),
      endBelow: options.endPercent === undefined ? undefined : options.endPercent / 100,
      quietMs: times(options.quietMinutes, MINUTE_MS),
      stalledMs: times(options.stalledMinutes, MINUTE_MS),
      fullMs: times(options.fullMinutes, MINUTE_MS),
      everyMs: times(options.everySeconds, 1000),
    }),
  );
}

/** A list by an expression is taken as it is. */
function names(given: unknown): unknown {
  return typeof given === 'string' ? listIn(given) : given;
}
