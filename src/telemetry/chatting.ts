import { SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';

import type { Chat, ChatCall } from '../contract/telemetry';
import { ATTRIBUTE, OWN } from './names';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

/**
 * One call of a model: a span of its wait, when it had to wait, and one of the call itself, so that the time of the second is the
 * provider's alone. A model that tries again by itself stays in the span of its call, with the waits between.
 */
export function chatInSpans(signals: Signals, call: ChatCall): Chat {
  const { tracer, chatDuration, tokens, budgetWait } = signals;
  let parent = contextOf(call.traceparent);
  const figures: Attributes = {
    [ATTRIBUTE.genAiOperation]: 'chat',
    [ATTRIBUTE.genAiProvider]: call.provider,
    [ATTRIBUTE.genAiModel]: call.model,
  };
  const asked = Date.now();
  let span: Span | undefined;
  let began = 0;

  const waited = (attributes: Attributes): Span =>
    tracer.startSpan(
      'wait for budget',
      { startTime: asked, attributes: { [OWN.budget]: call.budget, ...attributes } },
      parent,
    );

  const end = (failed: Attributes): void => {
    if (!span) return;
    chatDuration.record((performance.now() - began) / 1000, { ...figures, ...failed });
    span.end();
    span = undefined;
  };

  const failed = (type: string): void => {
    const about = { [ATTRIBUTE.errorType]: type };
    span?.setAttributes(about).setStatus({ code: SpanStatusCode.ERROR });
    end(about);
  };

  return {
    granted(waitedMs, waitedFor) {
      budgetWait.record(waitedMs / 1000, figures);
      const wait = {
        [OWN.budgetWait]: waitedMs / 1000,
        ...(waitedFor !== undefined && { [OWN.waitedFor]: waitedFor }),
      };
      if (span) {
        span.addEvent('asked again', wait);
        return;
      }
      if (waitedFor !== undefined) {
        const before = waited(wait);
        before.end();
        // Of one trace, also in a run that has none.
        if (call.traceparent === undefined) parent = contextOf(traceparentOf(before));
      }
      began = performance.now();
      span = tracer.startSpan(
        `chat ${call.model}`,
        {
          kind: SpanKind.CLIENT,
          attributes: { ...figures, [OWN.budget]: call.budget, ...wait },
        },
        parent,
      );
    },
    refused(why) {
      if (span) return failed(why);
      waited({ [ATTRIBUTE.errorType]: why })
        .setStatus({ code: SpanStatusCode.ERROR })
        .end();
    },
    ended(usage) {
      if (!span) return;
      const count = (type: string, amount: number | undefined) => {
        if (amount !== undefined)
          tokens.record(amount, { ...figures, [ATTRIBUTE.tokenType]: type });
      };
      count('input', usage?.input);
      count('output', usage?.output);
      span.setAttributes({
        ...(usage && { [ATTRIBUTE.inputTokens]: usage.input }),
        ...(usage?.output !== undefined && { [ATTRIBUTE.outputTokens]: usage.output }),
      });
      end({});
    },
    failed,
  };
}
