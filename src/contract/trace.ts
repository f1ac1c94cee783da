import { randomBytes } from 'node:crypto';

/** W3C Trace Context: version, trace, span, flags. */
export const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const SAMPLED = '01';

/** Undefined for what is no traceparent. */
export function readTraceparent(text: unknown): string | undefined {
  return typeof text === 'string' && TRACEPARENT.test(text) ? text : undefined;
}

/** Another span of the same trace; the first of a new one when there is none. */
export function nextSpan(traceparent: string | undefined): string {
  const [, , trace, , flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  const span = randomBytes(8).toString('hex');
  return `00-${trace ?? randomBytes(16).toString('hex')}-${span}-${flags ?? SAMPLED}`;
}
