import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';

import { messageOf } from '../contract/errors';

type Told<Exporter extends { export(...given: never[]): void }> = Parameters<Exporter['export']>;

/** Whether a collector takes what it is sent. */
export class Collector {
  away = false;
  private told = false;

  /** @param warn asked once: what goes wrong every few seconds would fill a log */
  constructor(private readonly warn: (problem: string) => void) {}

  answered(error: Error | undefined): void {
    this.away = error !== undefined;
    if (!error || this.told) return;
    this.told = true;
    this.warn(`The collector does not take what is sent to it: ${messageOf(error)}`);
  }
}

const SUCCESS = 0;
const errorIn = ({ code, error }: { code: number; error?: Error }): Error | undefined =>
  code === SUCCESS ? undefined : (error ?? new Error('no reason given'));

/** OTLP as JSON over HTTP; address, headers, timeout and the rest by the standard variables. */
export class SpanExports extends OTLPTraceExporter {
  constructor(private readonly collector: Collector) {
    super();
  }

  override export(...[spans, done]: Told<OTLPTraceExporter>): void {
    super.export(spans, (result) => {
      this.collector.answered(errorIn(result));
      done(result);
    });
  }
}

export class MetricExports extends OTLPMetricExporter {
  constructor(private readonly collector: Collector) {
    super();
  }

  override export(...[metrics, done]: Told<OTLPMetricExporter>): void {
    super.export(metrics, (result) => {
      this.collector.answered(errorIn(result));
      done(result);
    });
  }
}
