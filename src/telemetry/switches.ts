type Environment = Readonly<Record<string, string | undefined>>;

/** What the standard variables of OpenTelemetry ask for. */
export interface Switches {
  readonly traces: boolean;
  readonly metrics: boolean;
  /** Why something that was asked for stays off. */
  readonly problem?: string;
}

type Signal = 'TRACES' | 'METRICS';
type Asked = 'yes' | 'no' | keyof typeof PROBLEMS;

const OFF: Switches = { traces: false, metrics: false };
/** Endpoints may hold a password, so they are not quoted. */
const PROBLEMS = {
  grpc: 'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, which this pack does not speak. Give http/json and the HTTP port of the collector, usually 4318.',
  no_url:
    'OTEL_EXPORTER_OTLP_ENDPOINT, or the one for traces or metrics, is no http or https address. Give one such as http://collector:4318.',
};

/** A signal goes out when there is an endpoint for it, unless it is told to stay. */
export function readSwitches(env: Environment): Switches {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return OFF;
  const [traces, metrics] = [asked(env, 'TRACES'), asked(env, 'METRICS')];
  const problems = [...new Set([traces, metrics])].flatMap((each) =>
    each === 'yes' || each === 'no' ? [] : PROBLEMS[each],
  );
  return {
    traces: traces === 'yes',
    metrics: metrics === 'yes',
    ...(problems.length > 0 && { problem: problems.join(' ') }),
  };
}

function asked(env: Environment, signal: Signal): Asked {
  const endpoint = exporterValueOf(env, signal, 'ENDPOINT');
  const exporters = (valueOf(env, `OTEL_${signal}_EXPORTER`) ?? 'otlp').split(',');
  if (endpoint === undefined || !exporters.some((name) => name.trim() === 'otlp')) return 'no';
  if (exporterValueOf(env, signal, 'PROTOCOL') === 'grpc') return 'grpc';
  // The exporters would send to localhost instead.
  return /^https?:/i.test(endpoint) && URL.canParse(endpoint) ? 'yes' : 'no_url';
}

/** What is said for one signal goes before what is said for all. */
function exporterValueOf(env: Environment, signal: Signal, name: string): string | undefined {
  return (
    valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_${name}`) ??
    valueOf(env, `OTEL_EXPORTER_OTLP_${name}`)
  );
}

/** An empty variable is as good as none. */
function valueOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
