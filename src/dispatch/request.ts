import { randomUUID } from 'node:crypto';

import { z } from 'zod/v4';

import type { JsonObject, Reference } from '../contract/reference';
import { InputError } from '../contract/errors';
import { LONGEST_DELAY_MS } from '../contract/retrySettings';
import { TRACEPARENT } from '../contract/trace';
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
  /** Longest wait before the queue has it, ms, up to 9 days; to a queue alone. */
  delayMs: z
    .number({ error: type('a number') })
    .min(0, 'is below 0')
    .max(LONGEST_DELAY_MS, 'is above 9 days')
    .optional(),
  /** Time before which the queue does not have it, up to 9 days from now; with `delayMs` the later of both holds. */
  notBefore: z.iso.datetime({ offset: true, error: 'is not an ISO time with a zone' }).optional(),
  headers: z.custom<JsonObject>(isObject, 'is not a JSON object').optional(),
  /** W3C Trace Context. */
  traceparent: z
    .string({ error: type('a text') })
    .regex(TRACEPARENT, 'is not a W3C traceparent')
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
  /** 0: at once. */
  readonly delayMs: number;
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
    delayMs: delayOf(request),
    headers: readHeaders(request.headers),
    traceparent: request.traceparent,
  };
}

/** @throws InputError for an exchange: the ladder brings a message to a queue */
function delayOf({ to, delayMs = 0, notBefore }: z.output<typeof requestSchema>): number {
  const left = notBefore === undefined ? 0 : Date.parse(notBefore) - Date.now();
  if (left > LONGEST_DELAY_MS) {
    throw new InputError('Not Before', 'is more than 9 days from now', 'Give an earlier time.');
  }
  const ms = Math.max(delayMs, left);
  if (ms === 0 || to.kind === 'queue') return ms;
  throw new InputError(
    'Delay',
    'is given for an exchange',
    'Dispatch to a queue, or leave Delay and Not Before out.',
  );
}
