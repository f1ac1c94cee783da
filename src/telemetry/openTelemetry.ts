import { createNoopMeter, type Meter, type Tracer } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

import type { Delivery, Outgoing } from '../contract/message';
import { within } from '../contract/patience';
import type { Chat, ChatCall, Processing, Telemetry } from '../contract/telemetry';
import type { SettleVerdict } from '../contract/verdicts';
import { chatInSpans } from './chatting';
import { flushAtTheEnd } from './endOfProcess';
import { Collector, MetricExports, SpanExports } from './exporters';
import { processInSpan } from './processing';
import { resourceOfProcess } from './resource';
import { sendInSpan } from './sending';
import { signalsOf, type Signals } from './signals';
import type { Switches } from './switches';

/** Longest that a flush is waited for, ms: closing a trigger must not take the time that its runs need. */
const FLUSH_MS = 2000;
const SCOPE = 'n8n-nodes-agent-swarm';

interface Provider {
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Spans and figures by OpenTelemetry. Its providers are its own: nothing is registered with the API, so neither another copy of the pack
 * nor n8n's own tracing is touched. Both send in the background and keep a bounded number for a collector that is away.
 */
export class OpenTelemetry implements Telemetry {
  readonly tracing: boolean;
  private readonly providers: Provider[] = [];
  private readonly signals: Signals;
  private readonly collectors: Collector[] = [];
  private readonly letGo: () => void;
  private flushing = Promise.resolve();
  private late = false;

  /** @param warn told when a collector takes nothing, once for each of spans and metrics */
  constructor({ traces, metrics }: Switches, warn: (problem: string) => void) {
    this.tracing = traces;
    const collector = () => {
      const made = new Collector(warn);
      this.collectors.push(made);
      return made;
    };
    this.signals = signalsOf(
      this.tracerOf(traces ? new SpanExports(collector()) : undefined),
      metrics ? this.meterOf(new MetricExports(collector())) : createNoopMeter(),
    );
    this.letGo = flushAtTheEnd(() => void this.flush());
  }

  sent(message: Outgoing, send: (message: Outgoing) => Promise<void>): Promise<void> {
    return sendInSpan(this.signals, this.tracing, message, send);
  }

  processed(
    delivery: Delivery,
    queue: string,
    work: (delivery: Delivery, processing: Processing) => Promise<SettleVerdict | undefined>,
  ): Promise<SettleVerdict | undefined> {
    return processInSpan(this.signals, this.tracing, delivery, queue, work);
  }

  chat(call: ChatCall): Chat {
    return chatInSpans(this.signals, call);
  }

  async flush(): Promise<void> {
    // Several triggers that close one after another shall not each wait for a collector that is slow.
    if (this.late) return;
    // Another flush may be under way, without what was told since.
    const flushed = this.flushing.then(() => this.each((provider) => provider.forceFlush()));
    this.flushing = flushed;
    if (this.collectors.every(({ away }) => away)) return;
    const late = () => new Error('the collector is slow');
    await within(FLUSH_MS, flushed, late).catch(() => {
      this.late = true;
      void flushed.then(() => (this.late = false));
    });
  }

  /** Sends what is left, and nothing more. */
  async close(): Promise<void> {
    this.letGo();
    await this.each((provider) => provider.shutdown());
  }

  private async each(act: (provider: Provider) => Promise<void>): Promise<void> {
    await Promise.allSettled(this.providers.map(async (provider) => await act(provider)));
  }

  /** Without an exporter nothing is recorded; the sampler is the one that OTEL_TRACES_SAMPLER names. */
  private tracerOf(exporter: SpanExports | undefined): Tracer {
    const provider = new BasicTracerProvider(
      exporter
        ? { resource: resourceOfProcess(), spanProcessors: [new BatchSpanProcessor(exporter)] }
        : { sampler: new AlwaysOffSampler() },
    );
    this.providers.push(provider);
    return provider.getTracer(SCOPE);
  }

  private meterOf(exporter: MetricExports): Meter {
    const exportIntervalMillis = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL) || 60_000;
    const exportTimeoutMillis = Math.min(
      Number(process.env.OTEL_METRIC_EXPORT_TIMEOUT) || 30_000,
      exportIntervalMillis,
    );
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis,
      exportTimeoutMillis,
    });
    const provider = new MeterProvider({ resource: resourceOfProcess(), readers: [reader] });
    this.providers.push(provider);
    return provider.getMeter(SCOPE);
  }
}
