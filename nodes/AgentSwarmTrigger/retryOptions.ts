import type { INodeProperties } from 'n8n-workflow';

import { HOUR_MS } from '../shared/amounts';
import { DEFAULTS } from './defaults';

/** Options about runs that fail, are put off, or wait. */
export const retryOptions: INodeProperties[] = [
  {
    displayName: 'Attempts',
    name: 'attempts',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 1000 },
    default: DEFAULTS.retry.attempts,
    description: 'Runs that may fail before the task is dead-lettered',
  },
  {
    displayName: 'First Delay (Seconds)',
    name: 'firstDelaySeconds',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 86400, numberPrecision: 3 },
    default: DEFAULTS.retry.baseMs / 1000,
    description:
      'Longest delay before the second attempt. Chance shortens each delay, so that tasks which failed together do not come back together.',
  },
  {
    displayName: 'Delay Factor',
    name: 'delayFactor',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 10, numberPrecision: 2 },
    default: DEFAULTS.retry.factor,
    description: 'What the longest delay before each further attempt is multiplied by',
  },
  {
    displayName: 'Longest Delay (Minutes)',
    name: 'longestDelayMinutes',
    type: 'number',
    typeOptions: { minValue: 0.002, maxValue: 1440, numberPrecision: 3 },
    default: DEFAULTS.retry.capMs / 60_000,
    description: 'Where the delay between attempts stops growing',
  },
  {
    displayName: 'Give Up on Statuses',
    name: 'giveUpOn',
    type: 'string',
    default: DEFAULTS.retry.giveUpOn.join(', '),
    description:
      'HTTP statuses of errors that another attempt cannot mend: such a task is dead-lettered at once. Separated by commas; 429 is throttled, unless it says that nobody paid.',
  },
  {
    displayName: 'Wait Limit (Hours)',
    name: 'waitLimitHours',
    type: 'number',
    typeOptions: { minValue: 0.001, maxValue: 216, numberPrecision: 3 },
    default: DEFAULTS.waitLimitMs / HOUR_MS,
    description:
      'How long a task may stand at a Wait node. It takes no place of Prefetch there; Complete or Fail after the wait ends it, else it counts as failed.',
  },
  {
    displayName: 'Crashes Allowed',
    name: 'maxCrashes',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 1000 },
    default: DEFAULTS.maxCrashes,
    description:
      'How often the process that works on a task may vanish before the task is dead-lettered as a crash loop',
  },
  {
    displayName: 'Times Throttled',
    name: 'throttles',
    type: 'number',
    typeOptions: { minValue: 0, maxValue: 100000 },
    default: DEFAULTS.retry.throttles,
    description:
      'How often a task may be put off without an attempt counted, by status 429 or by Retry Later, before it is dead-lettered',
  },
  {
    displayName: 'Throttled For (Hours)',
    name: 'throttledHours',
    type: 'number',
    typeOptions: { minValue: 0.001, maxValue: 720, numberPrecision: 3 },
    default: DEFAULTS.retry.throttledMs / HOUR_MS,
    description:
      'How long after its first run a task may go on being put off without an attempt counted. Then it is dead-lettered.',
  },
];
