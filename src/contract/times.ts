import ms, { type StringValue } from 'ms';

/** A time as people write it, such as 30s, 15m or 7d, in ms; undefined when it is none, or has no unit. */
export function millisecondsIn(text: string): number | undefined {
  const read = /[a-z]$/i.test(text) ? (ms(text as StringValue) as number | undefined) : undefined;
  return read !== undefined && Number.isFinite(read) ? read : undefined;
}
