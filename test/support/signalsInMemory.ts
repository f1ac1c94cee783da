import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import { signalsOf } from '../../src/telemetry/signals';

/** Spans and figures that stay here. */
export function signalsInMemory() {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  const tracer = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spans)],
  }).getTracer('test');
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  return {
    signals: signalsOf(tracer, meter),
    /** Those that have ended, in this order. */
    spans: () => spans.getFinishedSpans(),
    /** What a histogram was told, by its attributes. */
    async told(name: string) {
      await reader.forceFlush();
      const scopes = metrics.getMetrics().at(-1)?.scopeMetrics ?? [];
      const found = scopes
        .flatMap((scope) => scope.metrics)
        .find(({ descriptor }) => descriptor.name === name);
      return (found?.dataPoints ?? []).map(({ attributes, value }) => {
        const { sum, count } = value as { sum?: number; count: number };
        return { attributes, sum: sum ?? 0, count };
      });
    },
    close: () => reader.shutdown(),
  };
}
