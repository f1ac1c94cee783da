import { LONGEST_DELAY_MS } from '../../../../src/index';
import { durationFields, readDuration, type DurationForm } from '../duration';
import { reasonField, readReason } from './reason';
import { runWordOperation } from './word';

const after: DurationForm = {
  displayName: 'After',
  name: 'after',
  amount: 5,
  unit: 'minutes',
  description: 'How long the task stays away, at most nine days',
  displayOptions: { show: { delay: ['fixed'] } },
};

/** Task: Retry Later. */
export const retryLaterOperation = runWordOperation({
  result: 'put_off',
  fields: [
    {
      displayName: 'Delay',
      name: 'delay',
      type: 'options',
      options: [
        {
          name: 'As After a Failure',
          value: 'usual',
          description: 'By the retry options of the trigger: it grows with each try, with jitter',
        },
        { name: 'Fixed', value: 'fixed' },
      ],
      default: 'usual',
      description: 'How long the task stays away before it runs again',
    },
    ...durationFields(after),
    {
      displayName: 'Counts as an Attempt',
      name: 'countsAsAttempt',
      type: 'boolean',
      default: false,
      description:
        'Whether it uses up one of the attempts, as a failure does. Otherwise the limits for throttled tasks hold.',
    },
    reasonField('Why, for whoever reads the history of the task'),
  ],
  read(parameters, context) {
    const delay = parameters.text('delay', 'Delay');
    const afterMs = readDuration(parameters, after, LONGEST_DELAY_MS);
    const counts = parameters.flag('countsAsAttempt', 'Counts as an Attempt');
    const reason = readReason(parameters, context, 'Retry Later');
    return (index) => ({
      kind: 'retry_later',
      afterMs: delay(index) === 'fixed' ? (afterMs(index) ?? after.amount * 60_000) : undefined,
      counts: counts(index),
      message: reason(index),
    });
  },
  details: (said) =>
    said.kind === 'retry_later' && said.afterMs !== undefined
      ? { after_seconds: said.afterMs / 1000 }
      : {},
});
