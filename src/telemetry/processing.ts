import { SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';

import type { Delivery } from '../contract/message';
import type { Processing } from '../contract/telemetry';
import type { AdmitVerdict, RunError, RunVerdict, SettleVerdict, Task } from '../contract/verdicts';
import { HEADER } from '../contract/wire';
import { ATTRIBUTE, OWN } from './names';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

type Work = (delivery: Delivery, processing: Processing) => Promise<SettleVerdict | undefined>;

/** What is told of a delivery that the broker has again. */
const HANDED_BACK = 'handed_back';

/** From a delivery until it is let go. With `tracing` what follows from it names this span; else it stays as it is. */
export async function processInSpan(
  { tracer, consumed, processDuration, settled }: Signals,
  tracing: boolean,
  delivery: Delivery,
  queue: string,
  work: Work,
): Promise<SettleVerdict | undefined> {
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
  const processing = new SpanOfDelivery(span);
  try {
    const verdict = await work(tracing ? { ...delivery, headers } : delivery, processing);
    const failed = verdict && failureOf(verdict);
    const about = { ...figures, ...(failed && { [ATTRIBUTE.errorType]: failed }) };
    processDuration.record((performance.now() - began) / 1000, about);
    settled.add(1, { ...figures, ...inFew(verdict) });
    span.setAttributes({ ...inFew(verdict), ...delayOf(verdict) });
    if (failed) {
      span.setAttribute(ATTRIBUTE.errorType, processing.error ?? failed);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return verdict;
  } finally {
    span.end();
  }
}

class SpanOfDelivery implements Processing {
  /** What its run failed of, nearer to the cause than the verdict. */
  error: string | undefined;

  constructor(private readonly span: Span) {}

  admitted({ key, reference }: Task, verdict: AdmitVerdict): void {
    const { span } = this;
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

  ran(verdict: RunVerdict): void {
    const { end, error } = endOf(verdict);
    this.error = error && typeOf(error);
    this.span.addEvent('run ended', {
      [OWN.runEnd]: end,
      ...(this.error !== undefined && { [ATTRIBUTE.errorType]: this.error }),
    });
  }
}

/** Never the error's text: providers put parts of what they were asked into it. */
function typeOf({ httpStatus, code, name }: RunError): string {
  return httpStatus === undefined ? (code ?? name) : String(httpStatus);
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

function aboutDelivery({ body, properties, headers }: Delivery): Attributes {
  const { messageId, correlationId } = properties;
  const origin = headers[HEADER.originKey];
  return {
    [ATTRIBUTE.bodySize]: body.length,
    ...(messageId !== undefined && { [ATTRIBUTE.messageId]: messageId }),
    ...(correlationId !== undefined && { [ATTRIBUTE.conversationId]: correlationId }),
    ...(typeof origin === 'string' && { [ATTRIBUTE.routingKey]: origin }),
  };
}
