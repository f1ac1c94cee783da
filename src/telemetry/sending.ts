import { SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api';

import { isSwarmError } from '../contract/errors';
import type { Outgoing } from '../contract/message';
import { HEADER } from '../contract/wire';
import { ATTRIBUTE } from './names';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

type Send = (message: Outgoing) => Promise<void>;

/** A message goes out in a span of its own. With `tracing` it names that span; else it stays as it is. */
export async function sendInSpan(
  { tracer, sent, sendDuration }: Signals,
  tracing: boolean,
  message: Outgoing,
  send: Send,
): Promise<void> {
  const { name, attributes, figures } = destinationOf(message);
  const parent = contextOf(message.headers[HEADER.traceparent]);
  const begun = {
    kind: SpanKind.PRODUCER,
    attributes: { ...attributes, ...aboutMessage(message) },
  };
  const span = tracer.startSpan(`send ${name}`, begun, parent);
  const began = performance.now();
  let failed: Attributes = {};
  try {
    const headers = { ...message.headers, [HEADER.traceparent]: traceparentOf(span) };
    await send(tracing ? { ...message, headers } : message);
  } catch (error) {
    failed = { [ATTRIBUTE.errorType]: isSwarmError(error) ? error.code : 'internal_error' };
    span.setAttributes(failed).setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
    const about = { ...figures, ...failed };
    sent.add(1, about);
    sendDuration.record((performance.now() - began) / 1000, about);
  }
}

const SEND = {
  [ATTRIBUTE.messagingSystem]: 'rabbitmq',
  [ATTRIBUTE.messagingSystemName]: 'rabbitmq',
  [ATTRIBUTE.operationName]: 'send',
  [ATTRIBUTE.operationType]: 'send',
};

interface Destination {
  /** Of the span: as few different ones as there are queues and exchanges. */
  readonly name: string;
  readonly attributes: Attributes;
  /** Of metrics: the same, without what has any number of values. */
  readonly figures: Attributes;
}

/** Steps of the delay ladder, and its last hop: where a message goes from there its header says. */
const LADDER = /^swarm\.(delay\.\d+|delivery)$/;

function destinationOf({ exchange, routingKey, headers }: Outgoing): Destination {
  const back = headers[HEADER.queue];
  const queue = LADDER.test(exchange) && typeof back === 'string' ? back : routingKey;
  if (exchange === '' || LADDER.test(exchange)) {
    const figures = { ...SEND, [ATTRIBUTE.destination]: queue };
    return { name: queue, attributes: figures, figures };
  }
  const figures = { ...SEND, [ATTRIBUTE.destinationTemplate]: exchange };
  const attributes = {
    ...figures,
    [ATTRIBUTE.destination]: [exchange, routingKey].filter(Boolean).join(':'),
    [ATTRIBUTE.routingKey]: routingKey,
  };
  return { name: exchange, attributes, figures };
}

function aboutMessage({ messageId, body, properties: { correlationId } }: Outgoing): Attributes {
  return {
    [ATTRIBUTE.messageId]: messageId,
    [ATTRIBUTE.bodySize]: body.length,
    ...(correlationId !== undefined && { [ATTRIBUTE.conversationId]: correlationId }),
  };
}
