import { traceToSend } from '../../src/index';
import type { DeliveryFinder } from './findDelivery';
import type { Parameters, Read } from './parameters';

/** The trace that something sent in a run belongs to: as given, else that of the delivery. */
export function readTrace(
  parameters: Parameters,
  finder: DeliveryFinder,
): Read<string | undefined> {
  const given = parameters.text('options.traceparent', 'Traceparent');
  return (index) => given(index) ?? spanIn(finder.taskOf(index)?.swarm);
}

function spanIn(swarm: unknown): string | undefined {
  const traceparent = traceOfDelivery(swarm);
  return traceparent === undefined ? undefined : traceToSend(traceparent);
}

/** What the trigger gave out in `swarm`, unchecked. */
export function traceOfDelivery(swarm: unknown): string | undefined {
  const { traceparent } = (swarm ?? {}) as { traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : undefined;
}
