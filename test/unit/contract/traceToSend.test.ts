import {
  NO_TELEMETRY,
  provideTelemetry,
  traceToSend,
  type Telemetry,
} from '../../../src/contract/telemetry';
import { readTraceparent } from '../../../src/contract/trace';

const known = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const recording = (tracing: boolean) => {
  const given: Telemetry = { ...NO_TELEMETRY, tracing };
  provideTelemetry(() => given);
};
afterEach(() => provideTelemetry(() => NO_TELEMETRY));

test('where spans are recorded the span itself is named, and nothing for what is none', () => {
  recording(true);
  expect([known, 'junk', undefined].map(traceToSend)).toEqual([known, undefined, undefined]);
});

test('where none are, another span is, of the same trace or of a new one', () => {
  recording(false);
  const sent = [known, 'junk', undefined].map(traceToSend);
  expect(sent.map((each) => readTraceparent(each))).toEqual(sent);
  expect(sent[0]?.slice(0, 35)).toBe(known.slice(0, 35));
});
