import { randomUUID } from 'node:crypto';

import { bodyAndProperties, type Delivery, type Headers, type Outgoing } from '../contract/message';
import type { Copy, Task } from '../contract/verdicts';
import { HEADER, travels, WIRE_VERSION } from '../contract/wire';

/**
 * Headers near the limit of a frame leave no room for what is added: then only those travel that mean something to this pack, such as
 * the idempotency key.
 */
export type Keep = 'all headers' | 'own headers';

const OWN: ReadonlySet<string> = new Set(Object.values(HEADER));

/** Headers that travel on, and where the message came from. */
export function travellingHeaders(
  { headers, exchange, routingKey }: Delivery,
  keep: Keep,
): Headers {
  const kept = (name: string) => travels(name) && (keep === 'all headers' || OWN.has(name));
  return {
    [HEADER.originExchange]: exchange,
    [HEADER.originKey]: routingKey,
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => kept(name))),
  };
}

/** A message whose way is not chosen yet. */
export type Unrouted = Omit<Outgoing, 'exchange' | 'routingKey'>;

/** The same task again, for the ladder; its last hop finds the queue by header. */
export function retryCopy(task: Task, copy: Copy, queue: string, keep: Keep): Unrouted {
  return {
    ...bodyAndProperties(task.delivery),
    messageId: copy.id,
    headers: {
      ...taskHeaders(task, queue, keep),
      ...triesHeaders(copy),
    },
  };
}

/**
 * The same delivery, for a while elsewhere, because its task's owner may be at work. It keeps its message id: under a fresh one it
 * would come back as another copy and be dropped, and with it the task if its owner dies. One that has none is marked instead.
 */
export function heldCopy(
  task: Task,
  queue: string,
  keep: Keep,
  tries?: Pick<Copy, 'attempt' | 'throttles'>,
): Unrouted {
  const { messageId } = task;
  return {
    ...bodyAndProperties(task.delivery),
    messageId: messageId || randomUUID(),
    headers: {
      ...taskHeaders(task, queue, keep),
      ...(messageId === '' && { [HEADER.held]: 1 }),
      ...(tries && triesHeaders(tries)),
    },
  };
}

function triesHeaders({ attempt, throttles }: Pick<Copy, 'attempt' | 'throttles'>): Headers {
  return {
    [HEADER.attempt]: attempt,
    ...(throttles > 0 && { [HEADER.throttled]: throttles }),
  };
}

function taskHeaders(task: Task, queue: string, keep: Keep): Headers {
  const { delivery, deadline } = task;
  return {
    ...travellingHeaders(delivery, keep),
    [HEADER.version]: WIRE_VERSION,
    [HEADER.queue]: queue,
    [HEADER.fingerprint]: task.fingerprint,
    [HEADER.firstSeen]: new Date(task.firstSeen).toISOString(),
    ...(deadline !== undefined && { [HEADER.deadline]: new Date(deadline).toISOString() }),
  };
}
