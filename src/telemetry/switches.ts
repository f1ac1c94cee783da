type Environment = Readonly<Record<string, string | undefined>>;

/** What the standard variables of OpenTelemetry ask for. */
export interface Switches {
  readonly traces: boolean;
  readonly metrics: boolean;
  /** Why something that was asked for stays off. */
  readonly problem?: string;
}

const OFF: Switches = { traces: false, metrics: false };

/** A signal goes out when there is an endpoint for it, unless it is told to stay. */
export function readSwitches(env: Environment): Switches {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return OFF;
  const [traces, metrics] = [asked(env, 'TRACES'), asked(env, 'METRICS')];
  const grpc = [traces && isGrpc(env, 'TRACES'), metrics && isGrpc(env, 'METRICS')];
  if (!grpc.includes(true)) return { traces, metrics };
  return {
    traces: traces && !grpc[0],
    metrics: metrics && !grpc[1],
    problem:
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, which this pack does not speak. Give http/json and the HTTP port of the collector, usually 4318.',
  };
}

type Signal = 'TRACES' | 'METRICS';

function asked(env: Environment, signal: Signal): boolean {
  const endpoint =
    valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ??
    valueOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const exporters = (valueOf(env, `OTEL_${signal}_EXPORTER`) ?? 'otlp').split(',');
  return endpoint !== undefined && exporters.some((name) => name.trim() === 'otlp');
}

function isGrpc(env: Environment, signal: Signal): boolean {
  const protocol =
    valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
    valueOf(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  return protocol === 'grpc';
}

/** An empty variable is as good as none. */
function valueOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
