import { SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';

import { errorTypeOf } from '../contract/errorType';
import type { Delivery } from '../contract/message';
import { NO_PROCESSING, type Processing } from '../contract/telemetry';
import type { AdmitVerdict, RunError, RunVerdict, SettleVerdict, Task } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { ATTRIBUTE, OWN } from './names';
import { quiet, quietly } from './quietly';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

type Work = (delivery: Delivery, processing: Processing) => Promise<SettleVerdict | undefined>;

/** What is told of a delivery that the broker has again. */
const HANDED_BACK = 'handed_back';

/** From a delivery until it is let go. With `tracing` what follows from it names this span; else it stays as it is. */
export async function processInSpan(
  signals: Signals,
  tracing: boolean,
  delivery: Delivery,
  queue: string,
  work: Work,
): Promise<SettleVerdict | undefined> {
  const process = quietly(() => begin(signals, delivery, queue));
  try {
    const verdict = await work(
      (tracing && process?.traced) || delivery,
      process?.processing ?? NO_PROCESSING,
    );
    quietly(() => process?.settled(verdict));
    return verdict;
  } finally {
    quietly(() => process?.end());
  }
}

interface Process {
  /** The delivery, naming this span. */
  readonly traced: Delivery;
  readonly processing: Processing;
  settled(verdict: SettleVerdict | undefined): void;
  end(): void;
}

function begin(
  { tracer, consumed, processDuration, settled }: Signals,
  delivery: Delivery,
  queue: string,
): Process {
  const figures = {
    [ATTRIBUTE.messagingSystem]: 'rabbitmq',
    [ATTRIBUTE.messagingSystemName]: 'rabbitmq',
    [ATTRIBUTE.operationName]: 'process',
    [ATTRIBUTE.destination]: queue,
  };
  const span = tracer.startSpan(
    `process ${queue}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: { ...figures, [ATTRIBUTE.operationType]: 'process', ...aboutDelivery(delivery) },
    },
    contextOf(delivery.headers[HEADER.traceparent]),
  );
  consumed.add(1, figures);
  const began = performance.now();
  const headers = { ...delivery.headers, [HEADER.traceparent]: traceparentOf(span) };
  /** What its run failed of, nearer to the cause than the verdict. */
  let ofRun: string | undefined;
  return {
    traced: { ...delivery, headers },
    processing: quiet<Processing>({
      admitted: (task, verdict) => tellAdmission(span, task, verdict),
      ran(verdict) {
        const { end, error } = endOf(verdict);
        ofRun = error && errorTypeOf(error);
        span.addEvent('run ended', {
          [OWN.runEnd]: end,
          ...(ofRun !== undefined && { [ATTRIBUTE.errorType]: ofRun }),
        });
      },
    }),
    settled(verdict) {
      const failed = verdict && failureOf(verdict);
      const about = { ...figures, ...(failed && { [ATTRIBUTE.errorType]: failed }) };
      processDuration.record((performance.now() - began) / 1000, about);
      settled.add(1, { ...figures, ...inFew(verdict) });
      span.setAttributes({ ...inFew(verdict), ...delayOf(verdict) });
      if (!failed) return;
      span.setAttribute(ATTRIBUTE.errorType, ofRun ?? failed);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

function tellAdmission(span: Span, { key, reference }: Task, verdict: AdmitVerdict): void {
  span.setAttributes({
    [OWN.taskKey]: key,
    [OWN.taskId]: reference.task_id,
    [OWN.intent]: reference.intent,
  });
  span.addEvent('admit', { [OWN.verdict]: verdict.kind });
  if (verdict.kind !== 'admitted') return;
  span.setAttribute(OWN.attempt, verdict.tries.attempt);
  if (verdict.crashes > 0) span.setAttribute(OWN.crashes, verdict.crashes);
}

function endOf(verdict: RunVerdict): { end: string; error?: RunError } {
  switch (verdict.kind) {
    case 'ended':
      return 'error' in verdict.end
        ? { end: verdict.end.kind, error: verdict.end.error }
        : { end: verdict.end.kind };
    case 'word':
      return verdict.word.kind === 'fail'
        ? { end: 'fail', error: verdict.word.error }
        : { end: verdict.word.kind };
    case 'run_limit':
      return { end: 'run_limit' };
  }
}

/** Verdict and reason: words of closed lists. */
function inFew(verdict: SettleVerdict | undefined): Attributes {
  if (!verdict) return { [OWN.verdict]: HANDED_BACK };
  switch (verdict.kind) {
    case 'dead':
      return { [OWN.verdict]: 'dead', [OWN.reason]: verdict.reason };
    case 'retried':
      return { [OWN.verdict]: verdict.counts ? 'retried' : 'throttled' };
    case 'dropped':
      return { [OWN.verdict]: 'duplicate', [OWN.reason]: verdict.state };
    default:
      return { [OWN.verdict]: verdict.kind };
  }
}

function delayOf(verdict: SettleVerdict | undefined): Attributes {
  if (!verdict) return {};
  if ('copy' in verdict) return { [OWN.delay]: verdict.copy.delayMs / 1000 };
  return 'delayMs' in verdict ? { [OWN.delay]: verdict.delayMs / 1000 } : {};
}

function failureOf(verdict: SettleVerdict): string | undefined {
  if (verdict.kind === 'dead') return verdict.reason;
  return verdict.kind === 'retried' && verdict.counts ? 'run_failed' : undefined;
}

function aboutDelivery({ body, properties, headers, routingKey }: Delivery): Attributes {
  const { messageId, correlationId } = properties;
  // A copy came by the binary delay of the ladder.
  const { [HEADER.originKey]: origin = routingKey } = headers;
  return {
    [ATTRIBUTE.bodySize]: body.length,
    ...(messageId !== undefined && { [ATTRIBUTE.messageId]: messageId }),
    ...(correlationId !== undefined && { [ATTRIBUTE.conversationId]: correlationId }),
    ...(typeof origin === 'string' && origin !== '' && { [ATTRIBUTE.routingKey]: origin }),
  };
}
