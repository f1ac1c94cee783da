import { readSwitches } from '../../../src/telemetry/switches';

const AT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test.each<[string, Record<string, string>, [boolean, boolean]]>([
  ['nothing is set', {}, [false, false]],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, [false, false]],
  ['an endpoint for all', AT, [true, true]],
  ['one for traces alone', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t' }, [true, false]],
  ['one for metrics alone', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m' }, [false, true]],
  ['no traces', { ...AT, OTEL_TRACES_EXPORTER: 'none' }, [false, true]],
  ['no metrics', { ...AT, OTEL_METRICS_EXPORTER: 'none' }, [true, false]],
  ['otlp among others', { ...AT, OTEL_TRACES_EXPORTER: 'console, otlp' }, [true, true]],
  ['all disabled', { ...AT, OTEL_SDK_DISABLED: 'TRUE' }, [false, false]],
  ['JSON over HTTP', { ...AT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, [true, true]],
])('%s', (_what, env, [traces, metrics]) => {
  expect(readSwitches(env)).toEqual({ traces, metrics });
});

test.each(['collector:4318', 'not an address', 'ftp://user:secret@collector', 'http://'])(
  'the endpoint %s switches on nothing and says why, without quoting it',
  (endpoint) => {
    const { problem, ...switched } = readSwitches({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(switched).toEqual({ traces: false, metrics: false });
    expect(problem).toContain('no http or https address');
    expect(problem).not.toContain('secret');
  },
);

test('a broken endpoint for one signal leaves the other on', () => {
  const traces = { ...AT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'localhost:4318/v1/traces' };
  expect(readSwitches(traces)).toMatchObject({ traces: false, metrics: true });
});

test('gRPC stays off and says why, for the signal that asks for it', () => {
  const grpc = { ...AT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' };
  expect(readSwitches(grpc)).toEqual({
    traces: false,
    metrics: true,
    problem: expect.stringContaining('does not speak'),
  });
});
