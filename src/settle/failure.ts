import { hostname } from 'node:os';

import type { FailureContext } from '../contract/failure';
import { attemptsOf, type Attempt } from '../contract/history';
import type { Delivery } from '../contract/message';
import type { Reason, RunError, Task } from '../contract/verdicts';
import { HEADER, MAX_FAILURE_BYTES } from '../contract/wire';

export interface FailureSource {
  readonly reason: Reason;
  readonly message: string;
  readonly error?: RunError | undefined;
  /** Earlier tries, as JSON objects separated by commas. */
  readonly history?: string | undefined;
  /** Whether a run came before this end; what never ran has no attempts. */
  readonly ran: boolean;
  readonly queue: string;
  readonly workflow?: string | undefined;
  readonly delivery: Delivery;
  readonly task?: Task | undefined;
}

const LONGEST_MESSAGE = 500;
const LONGEST_STACK = 2000;
const LONGEST_NAME = 300;
const LONGEST_ATTEMPT = 120;
/** The last ones tell most. */
const MOST_ATTEMPTS = 10;

/** Things that look like a secret: keys of providers, bearer tokens, passwords in urls, long runs of key characters. */
const SECRETS: readonly [RegExp, string][] = [
  [/\b(sk|pk|rk|xox[abp]|gh[pousr]|glpat)[-_][\w-]{8,}/g, '***'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 ***'],
  [/(:\/\/[^\s:/@]*:)[^\s@]+@/g, '$1***@'],
  [
    /\b(api[-_ ]?key|token|password|passwd|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&}]{4,}/gi,
    '$1$2***',
  ],
  [/\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{40,}\b/g, '***'],
];

/** Masks what looks like a key. Dead letters are read by more people than credentials are. */
export function mask(text: string): string {
  return SECRETS.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text);
}

/** The failure context as JSON of at most 6 KiB: the stack goes first, then older attempts, then the message is cut. */
export function failureContext(source: FailureSource, now: number = Date.now()): string {
  const { delivery, task, error } = source;
  const failedAt = new Date(now).toISOString();
  const message = cut(mask(source.message), LONGEST_MESSAGE);
  const context: FailureContext = {
    reason: source.reason,
    message,
    error: error && cut(error.name, LONGEST_NAME),
    http_status: error?.httpStatus,
    node: error?.node && cut(error.node, LONGEST_NAME),
    workflow: source.workflow && cut(source.workflow, LONGEST_NAME),
    execution: error?.execution,
    host: hostname(),
    attempts: [
      ...attemptsOf(source.history),
      ...(source.ran ? [{ at: failedAt, error: cut(message, LONGEST_ATTEMPT) }] : []),
    ].slice(-MOST_ATTEMPTS),
    first_seen: new Date(task?.firstSeen ?? now).toISOString(),
    failed_at: failedAt,
    exchange: originOf(delivery, HEADER.originExchange, delivery.exchange),
    routing_key: originOf(delivery, HEADER.originKey, delivery.routingKey),
    queue: source.queue,
    stack: error?.stack && cut(mask(error.stack), LONGEST_STACK),
  };
  return fit(context);
}

/** An entry of the history of a task that is put off. */
export function attemptEntry(
  { message, execution }: Pick<RunError, 'message' | 'execution'>,
  delayMs: number,
  counts: boolean,
  now = Date.now(),
): string {
  const at = new Date(now).toISOString();
  const entry: Attempt = {
    at,
    error: cut(mask(message), LONGEST_ATTEMPT),
    delay_ms: delayMs,
    counts,
    execution,
  };
  return JSON.stringify(entry);
}

function fit(context: FailureContext): string {
  const whole = JSON.stringify(context);
  if (Buffer.byteLength(whole) <= MAX_FAILURE_BYTES) return whole;
  const bare = { ...context, stack: undefined };
  for (const attempts of [context.attempts, context.attempts.slice(-3)]) {
    const text = JSON.stringify({ ...bare, attempts });
    if (Buffer.byteLength(text) <= MAX_FAILURE_BYTES) return text;
  }
  // Names of 255 bytes and messages of wide characters: what is left cannot come near the limit.
  return JSON.stringify({
    ...bare,
    node: undefined,
    message: cut(context.message, 100),
    attempts: [],
  });
}

function originOf(delivery: Delivery, header: string, otherwise: string): string {
  const value = delivery.headers[header];
  return typeof value === 'string' ? value : otherwise;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
