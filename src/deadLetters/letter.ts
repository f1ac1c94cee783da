import { z } from 'zod/v4';

import type { FailureContext } from '../contract/failure';
import { sha256, taskKey } from '../contract/identity';
import type { Delivery } from '../contract/message';
import type { Json, JsonObject } from '../contract/reference';
import { HEADER } from '../contract/wire';

/** A dead letter as a person reads it. What is not known is null. */
export interface Letter {
  /** Its message id; of one without an id a name made from its body. */
  readonly id: string;
  /** Where its task came from, and where a replay goes. */
  readonly queue: string | null;
  readonly key: string | null;
  readonly task_id: string | null;
  readonly intent: string | null;
  readonly ref: string | null;
  readonly tenant: string | null;
  readonly group_id: string | null;
  /** As the failure context says; `expired`, `maxlen`, `rejected` or `delivery_limit` when the broker itself gave it up. */
  readonly reason: string;
  readonly message: string | null;
  readonly error: string | null;
  readonly http_status: number | null;
  readonly node: string | null;
  readonly workflow: string | null;
  readonly execution: string | null;
  readonly attempts: FailureContext['attempts'];
  /** ISO times. */
  readonly first_seen: string | null;
  readonly failed_at: string | null;
  readonly bytes: number;
}

/** With what only one letter is asked for. */
export interface WholeLetter extends Letter {
  /** JSON; text when it is none; base64 when it is no text either. */
  readonly body: Json;
  readonly body_is: 'json' | 'text' | 'base64';
  readonly stack: string | null;
  readonly headers: JsonObject;
}

const text = z.string().min(1).nullable().catch(null);
const texts = z.string().min(1).optional().catch(undefined);
/** Anybody may write to a dead-letter queue: what is not as it should be is as if it were not there. */
const contextSchema = z
  .object({
    reason: texts,
    message: text,
    error: text,
    http_status: z.number().nullable().catch(null),
    node: text,
    workflow: text,
    execution: text,
    stack: text,
    attempts: z
      .array(
        z.object({
          at: z.string(),
          error: z.string(),
          delay_ms: z.number().optional(),
          counts: z.boolean().optional(),
          execution: z.string().optional(),
        }),
      )
      .catch([]),
    first_seen: text,
    failed_at: text,
    queue: text,
  })
  .catch({
    reason: undefined,
    message: null,
    error: null,
    http_status: null,
    node: null,
    workflow: null,
    execution: null,
    stack: null,
    attempts: [],
    first_seen: null,
    failed_at: null,
    queue: null,
  });

const bodySchema = z
  .object({
    task_id: texts,
    intent: text,
    ref: text,
    tenant: text,
    group_id: text,
    idempotency_key: texts,
  })
  .catch({
    task_id: undefined,
    intent: null,
    ref: null,
    tenant: null,
    group_id: null,
    idempotency_key: undefined,
  });

export function readLetter(delivery: Delivery): Letter {
  const { headers, body } = delivery;
  const context = contextSchema.parse(jsonOf(headers[HEADER.failure]) ?? {});
  const broker = brokersWord(delivery);
  const reference = bodySchema.parse(jsonOf(body.toString()) ?? {});
  const header = headers[HEADER.idempotencyKey];
  const { task_id: id } = reference;
  return {
    id: letterId(delivery),
    queue: context.queue ?? broker?.queue ?? null,
    key:
      keyOf(header) ??
      (id === undefined ? null : taskKey(undefined, { ...reference, task_id: id })),
    task_id: id ?? null,
    intent: reference.intent,
    ref: reference.ref,
    tenant: reference.tenant,
    group_id: reference.group_id,
    reason: context.reason ?? broker?.reason ?? 'unknown',
    message: context.message,
    error: context.error,
    http_status: context.http_status,
    node: context.node,
    workflow: context.workflow,
    execution: context.execution,
    attempts: context.attempts,
    first_seen: context.first_seen,
    failed_at: context.failed_at ?? broker?.at ?? null,
    bytes: body.length,
  };
}

/** @param letter what was read of it already */
export function readWholeLetter(
  delivery: Delivery,
  letter: Letter = readLetter(delivery),
): WholeLetter {
  const { headers, body } = delivery;
  const context = contextSchema.parse(jsonOf(headers[HEADER.failure]) ?? {});
  const shown = Object.entries(headers).filter(([name]) => name !== HEADER.failure);
  return {
    ...letter,
    ...readBody(body),
    stack: context.stack,
    headers: Object.fromEntries(shown) as JsonObject,
  };
}

/** Whether this pack wrote it; the others were given up by the broker, and keep the id of their message. */
export function isOurs({ headers }: Delivery): boolean {
  return headers[HEADER.failure] !== undefined;
}

function letterId({ properties, body }: Delivery): string {
  return properties.messageId ?? `body-${sha256(body).slice(0, 32)}`;
}

function keyOf(header: unknown): string | undefined {
  if (typeof header === 'number') return String(header);
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** What RabbitMQ says of a message that it gave up itself. */
function brokersWord({ headers }: Delivery) {
  const deaths: unknown = headers['x-death'];
  const [death] = Array.isArray(deaths) ? (deaths as Record<string, unknown>[]) : [];
  if (typeof death?.queue !== 'string' || typeof death.reason !== 'string') return undefined;
  const { value: seconds } = (death.time ?? {}) as { value?: unknown };
  const at = typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined;
  return { queue: death.queue, reason: death.reason, at };
}

function readBody(body: Buffer): Pick<WholeLetter, 'body' | 'body_is'> {
  const said = body.toString();
  if (!Buffer.from(said).equals(body)) return { body: body.toString('base64'), body_is: 'base64' };
  const json = jsonOf(said);
  return json === undefined ? { body: said, body_is: 'text' } : { body: json, body_is: 'json' };
}

export function jsonOf(given: unknown): Json | undefined {
  if (typeof given !== 'string') return undefined;
  try {
    return JSON.parse(given) as Json;
  } catch {
    return undefined;
  }
}
