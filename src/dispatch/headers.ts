import { InputError } from '../contract/errors';
import type { JsonObject } from '../contract/reference';

/** What a header of a message may be: what a headers exchange can compare. */
export type UserHeaders = Readonly<Record<string, string | number | boolean>>;

const NONE: UserHeaders = {};

/** amqplib throws past 64 KiB of headers, and a dead letter adds its failure context to those it came with. */
const MOST_BYTES = 16 * 1024;
const LONGEST_NAME_BYTES = 255;

/** Written by this pack or by the broker; a sender that sets them would be believed. */
const RESERVED_PREFIXES = ['x-swarm-', 'x-death', 'x-first-death-', 'x-last-death-'];
/** RabbitMQ routes by these, and closes the channel under every other message when they are no lists. */
const ROUTING_HEADERS = ['CC', 'BCC'];

/** @throws InputError naming the header */
export function readHeaders(given: JsonObject | undefined): UserHeaders {
  if (given === undefined) return NONE;
  let bytes = 0;
  for (const [name, value] of Object.entries(given)) {
    const problem = nameProblem(name) ?? valueProblem(value);
    if (problem) throw bad(name, ...problem);
    bytes += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 8);
  }
  if (bytes <= MOST_BYTES) return given as UserHeaders;
  throw new InputError(
    'Headers',
    `have ${bytes} bytes together, more than ${MOST_BYTES}`,
    'Put what is long into Data.',
  );
}

type Problem = readonly [problem: string, remedy: string];

function nameProblem(name: string): Problem | undefined {
  if (name === '') return ['has no name', 'Give every header a name.'];
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    return [`has a name longer than ${LONGEST_NAME_BYTES} bytes`, 'Use a shorter name.'];
  }
  const lower = name.toLowerCase();
  if (lower === 'x-idempotency-key') {
    return ['is set by Run Once Per', 'Choose Run Once Per: Custom and fill in Custom Key.'];
  }
  if (RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return ['is reserved', 'Use a name that begins neither with x-swarm- nor with x-death.'];
  }
  if (ROUTING_HEADERS.includes(name)) {
    return [
      'is reserved by RabbitMQ',
      'Dispatch once for each queue, or bind them to an exchange.',
    ];
  }
  return undefined;
}

function valueProblem(value: unknown): Problem | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return undefined;
  return [
    `is ${kindOf(value)}; a header is a text, a number or true/false`,
    'Leave the header out, write it as text, or put it into Data.',
  ];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object' : `of type ${typeof value}`;
}

function bad(name: string, problem: string, remedy: string): InputError {
  return new InputError('Headers', `"${name.slice(0, 80)}" ${problem}`, remedy);
}
