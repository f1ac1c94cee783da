import { randomUUID } from 'node:crypto';

import { z } from 'zod/v4';

import type { JsonObject, Reference } from '../contract/reference';
import { badField } from './fields';
import { readHeaders, type UserHeaders } from './headers';

/** Longest short string of AMQP, in bytes: names, routing key, type and correlation id. */
const SHORT_STRING_BYTES = 255;
/** No character takes more than three bytes a UTF-16 unit, so most strings need no counting. */
const MOST_BYTES_PER_UNIT = 3;

export const RUN_ONCE_PER = ['content', 'task_id', 'custom'] as const;
/** What makes two dispatches one task. `content` falls back to the task id when there is neither ref nor data. */
export type RunOncePer = (typeof RUN_ONCE_PER)[number];

/** Says the problem in words that go behind a field's name. */
const type = (what: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? 'is empty' : `is not ${what}`;

const nameOrEmpty = z
  .string({ error: type('a text') })
  .refine(
    (text) =>
      text.length * MOST_BYTES_PER_UNIT <= SHORT_STRING_BYTES ||
      Buffer.byteLength(text) <= SHORT_STRING_BYTES,
    `is longer than ${SHORT_STRING_BYTES} bytes`,
  );
const name = nameOrEmpty.min(1, 'is empty');

const text = (longest: number) =>
  z
    .string({ error: type('a text') })
    .min(1, 'is empty')
    .max(longest, `is longer than ${longest} characters`);

const wholeNumber = z.int({ error: type('a whole number') }).min(0, 'is below 0');

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  // A date and its like become a text on the wire.
  typeof (value as { toJSON?: unknown }).toJSON !== 'function';

/** One task as it is asked for. Absent fields are undefined, never empty. */
export const requestSchema = z.object({
  to: z.discriminatedUnion(
    'kind',
    [
      z.object({ kind: z.literal('queue'), queue: name }),
      z.object({ kind: z.literal('exchange'), exchange: name }),
    ],
    { error: () => 'is neither a queue nor an exchange' },
  ),
  intent: name,
  /** A fresh UUID when absent. */
  taskId: text(512).optional(),
  ref: text(2048).optional(),
  tenant: text(255).optional(),
  /** Becomes the correlation id. */
  groupId: name.optional(),
  deadline: z.iso.datetime({ offset: true, error: 'is not an ISO time with a zone' }).optional(),
  estimate: z
    .strictObject(
      {
        requests: wholeNumber.optional(),
        input_tokens: wholeNumber.optional(),
        output_tokens: wholeNumber.optional(),
      },
      {
        error: (issue) =>
          issue.code === 'unrecognized_keys' ? `has no "${issue.keys[0]}"` : 'is not a JSON object',
      },
    )
    .optional(),
  data: z.custom<JsonObject>(isObject, 'is not a JSON object').optional(),
  runOncePer: z.enum(RUN_ONCE_PER, { error: () => 'is none of the choices' }).default('content'),
  customKey: text(512).optional(),
  /** Of an exchange; the intent when absent. May be empty, as a fanout exchange likes it. */
  routingKey: nameOrEmpty.optional(),
  /** 0 to 255. Quorum queues of RabbitMQ 4.0 know two levels, below 5 and from 5 on; older ones none. */
  priority: wholeNumber.max(255, 'is above 255').optional(),
  headers: z.custom<JsonObject>(isObject, 'is not a JSON object').optional(),
  /** W3C Trace Context. */
  traceparent: z
    .string({ error: type('a text') })
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'is not a W3C traceparent')
    .optional(),
});

export type DispatchRequest = z.input<typeof requestSchema>;

/** A request that can be sent as it is. */
export interface ReadRequest {
  readonly exchange: string;
  readonly routingKey: string;
  readonly reference: Reference;
  readonly runOncePer: RunOncePer;
  readonly customKey: string | undefined;
  readonly priority: number | undefined;
  readonly headers: UserHeaders;
  readonly traceparent: string | undefined;
}

/** @throws InputError naming the field as the person sees it */
export function readRequest(given: DispatchRequest): ReadRequest {
  const result = requestSchema.safeParse(given);
  if (!result.success) throw badField(result.error);
  const request = result.data;
  return {
    exchange: request.to.kind === 'exchange' ? request.to.exchange : '',
    routingKey:
      request.to.kind === 'queue' ? request.to.queue : (request.routingKey ?? request.intent),
    reference: {
      task_id: request.taskId ?? randomUUID(),
      intent: request.intent,
      ref: request.ref,
      tenant: request.tenant,
      group_id: request.groupId,
      deadline: request.deadline,
      estimate: request.estimate,
      data: request.data,
    },
    runOncePer: request.runOncePer,
    customKey: request.customKey,
    priority: request.priority,
    headers: readHeaders(request.headers),
    traceparent: request.traceparent,
  };
}
