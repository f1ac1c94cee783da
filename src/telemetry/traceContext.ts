import { ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api';

import { readTraceparent, TRACEPARENT } from '../contract/trace';

/** Where a span belongs whose parent is named by a traceparent; a trace of its own without one. */
export function contextOf(traceparent: unknown): Context {
  const [, , traceId, spanId, flags] = TRACEPARENT.exec(readTraceparent(traceparent) ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = parseInt(flags ?? '0', 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** What a message says of the span that it was sent in. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
