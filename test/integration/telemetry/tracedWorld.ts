import { NO_TELEMETRY, provideTelemetry } from '../../../src/contract/telemetry';
import { OpenTelemetry } from '../../../src/telemetry/openTelemetry';
import { startCollector, type CollectorServer, type ReceivedSpan } from '../../support/collector';
import { newWorld, type World } from '../../support/world';

export interface TracedWorld {
  readonly world: World;
  readonly collector: CollectorServer;
  readonly telemetry: OpenTelemetry;
  /** What the log of n8n would say. */
  readonly warnings: readonly string[];
  /** All spans, once there are so many. */
  spansSent(count: number): Promise<readonly ReceivedSpan[]>;
  end(): Promise<void>;
}

/** @param patienceMs how long an export waits for the collector */
export async function newTracedWorld(patienceMs = 1000): Promise<TracedWorld> {
  const warnings: string[] = [];
  const world = await newWorld();
  const collector = await startCollector();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint;
  process.env.OTEL_EXPORTER_OTLP_HEADERS = 'x-tenant=blue';
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = String(patienceMs);
  process.env.OTEL_SERVICE_NAME = 'swarm under test';
  const telemetry = new OpenTelemetry({ traces: true, metrics: true }, (it) => warnings.push(it));
  provideTelemetry(() => telemetry);
  return {
    world,
    collector,
    telemetry,
    warnings,
    async spansSent(count) {
      await telemetry.flush();
      await collector.until(({ spans }) => spans.length >= count);
      return collector.spans;
    },
    async end() {
      await world.end();
      provideTelemetry(() => NO_TELEMETRY);
      await telemetry.close();
      await collector.close();
    },
  };
}
