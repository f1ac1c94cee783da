import { SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api';

import { isSwarmError } from '../contract/errors';
import type { Outgoing } from '../contract/message';
import { HEADER, isLadder } from '../contract/wire';
import { ATTRIBUTE } from './names';
import { quietly } from './quietly';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

type Send = (message: Outgoing) => Promise<void>;

/** A message goes out in a span of its own. With `tracing` it names that span; else it stays as it is. */
export async function sendInSpan(
  signals: Signals,
  tracing: boolean,
  message: Outgoing,
  send: Send,
): Promise<void> {
  const sending = quietly(() => begin(signals, message));
  let failed: string | undefined;
  try {
    await send((tracing && sending?.traced) || message);
  } catch (error) {
    failed = isSwarmError(error) ? error.code : 'internal_error';
    throw error;
  } finally {
    quietly(() => sending?.end(failed));
  }
}

interface Sending {
  /** The message, naming this span. */
  readonly traced: Outgoing;
  end(failed: string | undefined): void;
}

function begin({ tracer, sent, sendDuration }: Signals, message: Outgoing): Sending {
  const { name, attributes, figures } = destinationOf(message);
  const parent = contextOf(message.headers[HEADER.traceparent]);
  const begun = {
    kind: SpanKind.PRODUCER,
    attributes: { ...attributes, ...aboutMessage(message) },
  };
  const span = tracer.startSpan(`send ${name}`, begun, parent);
  const began = performance.now();
  const headers = { ...message.headers, [HEADER.traceparent]: traceparentOf(span) };
  return {
    traced: { ...message, headers },
    end(failed) {
      const error = failed === undefined ? {} : { [ATTRIBUTE.errorType]: failed };
      if (failed !== undefined) span.setAttributes(error).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      const about = { ...figures, ...error };
      sent.add(1, about);
      sendDuration.record((performance.now() - began) / 1000, about);
    },
  };
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

function destinationOf({ exchange, routingKey, headers }: Outgoing): Destination {
  const back = headers[HEADER.queue];
  const onLadder = isLadder(exchange);
  if (exchange === '' || onLadder) {
    const queue = onLadder && typeof back === 'string' ? back : routingKey;
    const figures = { ...SEND, [ATTRIBUTE.destination]: queue };
    return { name: queue, attributes: figures, figures };
  }
  const figures = { ...SEND, [ATTRIBUTE.destinationTemplate]: exchange };
  const attributes = {
    ...figures,
    [ATTRIBUTE.destination]: [exchange, routingKey].filter(Boolean).join(':'),
    ...(routingKey !== '' && { [ATTRIBUTE.routingKey]: routingKey }),
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
