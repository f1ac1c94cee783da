import { SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';

import { NO_CHAT, type Chat, type ChatCall } from '../contract/telemetry';
import { readTraceparent } from '../contract/trace';
import { ATTRIBUTE, OWN } from './names';
import { quiet, quietly } from './quietly';
import type { Signals } from './signals';
import { contextOf, traceparentOf } from './traceContext';

/**
 * One call of a model: a span of its wait, when it had to wait, and one of the call itself, so that the duration of the second is the
 * provider's alone. A model that tries again by itself stays in the span of its call, with the waits between as events; its duration
 * leaves them out.
 */
export function chatInSpans(signals: Signals, call: ChatCall): Chat {
  return quietly(() => quiet(telling(signals, call))) ?? NO_CHAT;
}

function telling({ tracer, chatDuration, tokens, budgetWait }: Signals, call: ChatCall): Chat {
  let parent = contextOf(call.traceparent);
  const figures: Attributes = {
    [ATTRIBUTE.genAiOperation]: 'chat',
    [ATTRIBUTE.genAiProvider]: call.provider,
    [ATTRIBUTE.genAiModel]: call.model,
  };
  const asked = Date.now();
  let span: Span | undefined;
  /** ms with the provider, without what is under way; and since when it is with the provider, or waits. */
  let worked = 0;
  let since = performance.now();

  const lap = (): number => {
    const now = performance.now();
    const ms = now - since;
    since = now;
    return ms;
  };

  const waited = (attributes: Attributes): Span =>
    tracer.startSpan(
      'wait for budget',
      { startTime: asked, attributes: { [OWN.budget]: call.budget, ...attributes } },
      parent,
    );

  const end = (failed: Attributes): void => {
    chatDuration.record(worked / 1000, { ...figures, ...failed });
    span?.end();
    span = undefined;
  };

  const failing = (type: string): Attributes => {
    const about = { [ATTRIBUTE.errorType]: type };
    span?.setAttributes(about).setStatus({ code: SpanStatusCode.ERROR });
    return about;
  };

  return {
    granted(waitedMs, waitedFor) {
      budgetWait.record(waitedMs / 1000, figures);
      const wait = {
        [OWN.budgetWait]: waitedMs / 1000,
        ...(waitedFor !== undefined && { [OWN.waitedFor]: waitedFor }),
      };
      lap();
      if (span) {
        span.addEvent('asked again', wait);
        return;
      }
      if (waitedFor !== undefined) {
        const before = waited(wait);
        before.end();
        // Of one trace, also in a run that has none.
        if (!readTraceparent(call.traceparent)) parent = contextOf(traceparentOf(before));
      }
      span = tracer.startSpan(
        `chat ${call.model}`,
        {
          kind: SpanKind.CLIENT,
          attributes: { ...figures, [OWN.budget]: call.budget, ...wait },
        },
        parent,
      );
    },
    repeats(type) {
      worked += lap();
      span?.addEvent('attempt failed', { [ATTRIBUTE.errorType]: type });
    },
    refused(why) {
      const about = { [ATTRIBUTE.errorType]: why };
      budgetWait.record(lap() / 1000, { ...figures, ...about });
      if (span) return end(failing(why));
      waited(about).setStatus({ code: SpanStatusCode.ERROR }).end();
    },
    ended(usage) {
      if (!span) return;
      worked += lap();
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
    failed(type) {
      if (!span) return;
      worked += lap();
      end(failing(type));
    },
  };
}
