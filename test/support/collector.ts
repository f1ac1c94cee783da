import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Watchers } from './watchers';

export type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** As OTLP counts them: 3 is CLIENT, 4 PRODUCER, 5 CONSUMER. */
  readonly kind: number;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly failed: boolean;
  readonly ms: number;
}

export interface ReceivedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a sum, or how often a histogram was told something. */
  readonly value: number;
  readonly bounds?: readonly number[];
}

export interface CollectorServer {
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** What was told last of each metric and its attributes. */
  readonly points: ReceivedPoint[];
  readonly resources: Attributes[];
  readonly headers: Readonly<Record<string, unknown>>[];
  /** Everything that came, as text. */
  readonly texts: string[];
  /** Waits until `fits` holds of what came. */
  until(fits: (collector: CollectorServer) => boolean): Promise<void>;
  /** From now on nothing is answered, until what this returns is called. */
  hang(): () => void;
  close(): Promise<void>;
}

/** An OTLP collector that writes down what it gets as JSON over HTTP. */
export async function startCollector(): Promise<CollectorServer> {
  const points = new Map<string, ReceivedPoint>();
  const got = {
    spans: [] as ReceivedSpan[],
    resources: [] as Attributes[],
    headers: [] as Readonly<Record<string, unknown>>[],
    texts: [] as string[],
  };
  let hanging = false;
  let held: ServerResponse[] = [];
  const watchers = new Watchers(
    () => `${got.spans.map(({ name }) => name).join(', ')}; ${[...points.keys()].join(', ')}`,
  );
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    got.texts.push(text);
    got.headers.push(request.headers);
    const body = JSON.parse(text) as Body;
    for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
      got.resources.push(attributesOf(resource.attributes));
      for (const { spans } of scopeSpans) got.spans.push(...spans.map(spanOf));
    }
    for (const { resource, scopeMetrics } of body.resourceMetrics ?? []) {
      got.resources.push(attributesOf(resource.attributes));
      for (const { metrics } of scopeMetrics) {
        for (const point of metrics.flatMap(pointsOf)) {
          points.set(`${point.metric} ${JSON.stringify(point.attributes)}`, point);
        }
      }
    }
    if (hanging) held.push(response);
    else taken(response);
  };
  const taken = (response: ServerResponse) => {
    response.setHeader('content-type', 'application/json').end('{}');
    watchers.changed();
  };
  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const collector: CollectorServer = {
    ...got,
    endpoint: `http://127.0.0.1:${port}`,
    get points() {
      return [...points.values()];
    },
    until: (fits) => watchers.until(() => fits(collector)),
    hang() {
      hanging = true;
      return () => {
        hanging = false;
        held.forEach(taken);
        held = [];
      };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return collector;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly KeyValue[] }[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface OtlpPoint {
  readonly attributes?: readonly KeyValue[];
  readonly asDouble?: number;
  readonly asInt?: string | number;
  readonly count?: string | number;
  readonly explicitBounds?: readonly number[];
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

interface About {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}

interface Body {
  readonly resourceSpans?: readonly (About & {
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  })[];
  readonly resourceMetrics?: readonly (About & {
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  })[];
}

const FAILED = 2;

function spanOf(span: OtlpSpan): ReceivedSpan {
  const { traceId, spanId, parentSpanId = '', name, kind, attributes, events = [], status } = span;
  const ns = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    attributes: attributesOf(attributes),
    events: events.map((event) => ({
      name: event.name,
      attributes: attributesOf(event.attributes),
    })),
    failed: status?.code === FAILED,
    ms: Number(ns) / 1e6,
  };
}

function pointsOf({ name, unit, sum, histogram }: OtlpMetric): ReceivedPoint[] {
  return (
    (sum ?? histogram)?.dataPoints.map((point) => ({
      metric: name,
      unit,
      attributes: attributesOf(point.attributes),
      value: Number(point.count ?? point.asDouble ?? point.asInt),
      ...(point.explicitBounds && { bounds: point.explicitBounds }),
    })) ?? []
  );
}

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value: { intValue, ...other } }) => [
      key,
      intValue === undefined ? Object.values(other)[0] : Number(intValue),
    ]),
  );
}
