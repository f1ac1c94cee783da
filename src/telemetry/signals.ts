import type { Histogram, Counter, Meter, Tracer } from '@opentelemetry/api';

import { BUCKETS, METRIC, OWN_METRIC } from './names';

/** What spans and figures are told to. */
export interface Signals {
  readonly tracer: Tracer;
  readonly sent: Counter;
  readonly sendDuration: Histogram;
  readonly consumed: Counter;
  readonly processDuration: Histogram;
  readonly settled: Counter;
  readonly chatDuration: Histogram;
  readonly tokens: Histogram;
  readonly budgetWait: Histogram;
}

export function signalsOf(tracer: Tracer, meter: Meter): Signals {
  const seconds = (name: string, description: string, bounds: number[]) =>
    meter.createHistogram(name, {
      unit: 's',
      description,
      advice: { explicitBucketBoundaries: bounds },
    });
  const { messaging, chat, tokens } = BUCKETS;
  return {
    tracer,
    sent: meter.createCounter(METRIC.sent, {
      unit: '{message}',
      description: 'Messages that were sent, or should have been',
    }),
    sendDuration: seconds(METRIC.sendDuration, 'From a message to its confirm', messaging),
    consumed: meter.createCounter(METRIC.consumed, {
      unit: '{message}',
      description: 'Deliveries that came, with copies and retries',
    }),
    processDuration: seconds(
      METRIC.processDuration,
      'From a delivery until it is let go',
      messaging,
    ),
    settled: meter.createCounter(OWN_METRIC.settled, {
      unit: '{delivery}',
      description: 'What became of deliveries, and why tasks gave up',
    }),
    chatDuration: seconds(METRIC.chatDuration, 'Of a call, without its wait', chat),
    tokens: meter.createHistogram(METRIC.tokens, {
      unit: '{token}',
      description: 'Tokens of a call, as the provider counted them',
      advice: { explicitBucketBoundaries: tokens },
    }),
    budgetWait: seconds(OWN_METRIC.budgetWait, 'Waits of calls for their budget', chat),
  };
}
