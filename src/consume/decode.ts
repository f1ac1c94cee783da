import { TextDecoder } from 'node:util';

import { messageOf } from '../contract/errors';
import { readMembership } from '../contract/group';
import { fingerprint, taskKey } from '../contract/identity';
import type { Delivery } from '../contract/message';
import { firstProblem, referenceSchema } from '../contract/reference';
import type { DecodeVerdict, Reason } from '../contract/verdicts';
import { HEADER, MAX_REFERENCE_BYTES } from '../contract/wire';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Reads a delivery. What cannot be read will not be readable next time either, so it is never tried again. */
export function decode(delivery: Delivery, arrivedAt: number, now: number): DecodeVerdict {
  const { body } = delivery;
  if (body.length > MAX_REFERENCE_BYTES) {
    return unreadable(
      'too_large',
      `the body has ${body.length} bytes, a reference at most ${MAX_REFERENCE_BYTES}; store the data and send a reference to it`,
    );
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return unreadable('not_utf8', 'the body is not UTF-8');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return unreadable('not_json', 'the body is not JSON');
  }
  try {
    return read(delivery, parsed, arrivedAt, now);
  } catch (error) {
    // Data nested thousands of levels deep ends the stack.
    return unreadable('invalid_message', `the body cannot be read: ${messageOf(error)}`);
  }
}

function read(delivery: Delivery, parsed: unknown, arrivedAt: number, now: number): DecodeVerdict {
  const { headers } = delivery;
  const result = referenceSchema.safeParse(parsed);
  if (!result.success) {
    const { field, problem } = firstProblem(result.error);
    return unreadable('invalid_message', `${field}: ${problem}`);
  }
  const reference = result.data;
  const header = headers[HEADER.idempotencyKey];
  if (header !== undefined && typeof header !== 'string' && typeof header !== 'number') {
    return unreadable(
      'bad_header',
      `${HEADER.idempotencyKey} must be text or a number, not ${Array.isArray(header) ? 'a list' : typeof header}`,
    );
  }
  const given = headers[HEADER.fingerprint];
  const replays = headers[HEADER.replays];
  const held = headers[HEADER.held] !== undefined;
  const dispatched = timeOf(headers[HEADER.firstSeen]);
  return {
    kind: 'decoded',
    task: {
      delivery,
      reference,
      // Held copies of a message without id have one only because the broker's confirms need it.
      messageId: held ? '' : (delivery.properties.messageId ?? ''),
      key: taskKey(header, reference),
      // Taken before data became a claim, so the producer's word counts where it gives one.
      fingerprint:
        typeof given === 'string' && FINGERPRINT.test(given) ? given : fingerprint(reference),
      firstSeen: dispatched ?? now,
      sentAt: dispatched ?? stampOf(delivery),
      arrivedAt,
      seenBefore: delivery.redelivered || held,
      deadline: earliest(
        timeOf(reference.deadline),
        timeOf(headers[HEADER.deadline]),
        endOfLife(delivery, now),
      ),
      replays: typeof replays === 'string' && replays !== '' ? replays : undefined,
      child: readMembership(headers[HEADER.child]),
    },
  };
}

function timeOf(text: unknown): number | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

const LATEST_TIME_MS = 8.64e15;
/** A number of seconds that large is one of milliseconds, as some clients send it. */
const MOST_SECONDS = 1e11;

function stampOf({ properties: { timestamp } }: Delivery): number | undefined {
  if (timestamp === undefined || timestamp <= 0) return undefined;
  const ms = timestamp > MOST_SECONDS ? timestamp : timestamp * 1000;
  return ms <= LATEST_TIME_MS ? ms : undefined;
}

/** A time to live that a message still has becomes a deadline: it may pass while the task is being put off. */
function endOfLife({ properties }: Delivery, now: number): number | undefined {
  const ms = Number(properties.expiration);
  return properties.expiration !== undefined && ms >= 0 ? now + ms : undefined;
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function unreadable(reason: Reason, detail: string): DecodeVerdict {
  return { kind: 'unreadable', reason, detail };
}
