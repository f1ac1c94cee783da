import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';

const ID = randomUUID();

/**
 * Who tells: a main or worker process of n8n. Each has an id of its own, or the figures of several would overwrite each other. Not the
 * command line, which may hold secrets. What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes first.
 */
export function resourceOfProcess(): Resource {
  return defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': 'n8n-nodes-agent-swarm',
        'service.instance.id': ID,
        'host.name': hostname(),
        'process.pid': process.pid,
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
}
