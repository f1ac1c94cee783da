/** Names on the wire. A header or key that changes its meaning gets a new name or a new version. */

/** Version of messages and keys that this pack writes; it reads this one and the one before. */
export const WIRE_VERSION = 1;

/** Largest body of a reference, in bytes. Above it Dispatch stores the data apart (claim check). */
export const MAX_REFERENCE_BYTES = 64 * 1024;

/** Largest failure context in a header, in bytes (amqplib throws past 64 KiB of headers). */
export const MAX_FAILURE_BYTES = 6 * 1024;

export const HEADER = {
  idempotencyKey: 'x-idempotency-key',
  version: 'x-swarm-version',
  queue: 'x-swarm-queue',
  attempt: 'x-swarm-attempt',
  throttled: 'x-swarm-throttled',
  /** Marks a copy, of a message without id, that somebody held before: it counts as redelivered. */
  held: 'x-swarm-held',
  /** ISO time; what was left of a message's time to live when it was first put off. */
  deadline: 'x-swarm-deadline',
  /** Id of the dead letter that this message is a replay of. */
  replays: 'x-swarm-replays',
  /** Of a replay: the dead-letter queue that it came from, the ISO time, and the id that the replays of one act share. */
  replayedFrom: 'x-swarm-replayed-from',
  replayedAt: 'x-swarm-replayed-at',
  replayBatch: 'x-swarm-replay-batch',
  fingerprint: 'x-swarm-fingerprint',
  firstSeen: 'x-swarm-first-seen',
  originExchange: 'x-swarm-origin-exchange',
  originKey: 'x-swarm-origin-key',
  /** `claim:uuid` of data that was too large for the body; put back into `data` before the run. */
  dataClaim: 'x-swarm-data-claim',
  reason: 'x-swarm-reason',
  failure: 'x-swarm-failure',
  /** Place in a group: index, depth and the group's id. */
  child: 'x-swarm-child',
  /** Key of the task that fanned it out. */
  parent: 'x-swarm-parent',
  /** JSON: the queues that handed the task over, the first one first. */
  trail: 'x-swarm-trail',
  traceparent: 'traceparent',
} as const;

/** Headers of an earlier stay in a queue, and those by which the sender asked for more copies: they must not travel on. */
const STAYS = new Set([
  'CC',
  'BCC',
  'x-death',
  'x-first-death-exchange',
  'x-first-death-queue',
  'x-first-death-reason',
  'x-delivery-count',
  HEADER.held,
]);

/** Whether a header goes on with what a message becomes. */
export const travels = (name: string): boolean => !STAYS.has(name);

/** Prefix of a reference into the payload store. */
export const CLAIM_PREFIX = 'claim:';

export const DEAD_EXCHANGE = 'swarm.dead';
/** Last hop of the delay ladder: brings a message back to the queue named in its header `x-swarm-queue`. */
export const DELIVERY_EXCHANGE = 'swarm.delivery';
export const UNDELIVERABLE = 'swarm.undeliverable';

/** A step of the delay ladder: an exchange, and the queue in which what comes for this step waits. */
export function stepName(level: number): string {
  return `swarm.delay.${String(level).padStart(2, '0')}`;
}

const STEP = /^swarm\.delay\.\d+$/;

/** Whether an exchange is a step of the ladder or its last hop: where a message goes from there its header `x-swarm-queue` says. */
export function isLadder(exchange: string): boolean {
  return exchange === DELIVERY_EXCHANGE || STEP.test(exchange);
}

/** One of the queues behind a queue, where tasks of some tenants wait. */
export function laneOf(queue: string, lane: number): string {
  return `${queue}.lane.${lane}`;
}

export function deadQueueOf(queue: string): string {
  return `${queue}.dead`;
}

/**
 * Whether a queue is one that the pack makes for itself, or a client's own for a connection, by its name: a step of the delay ladder,
 * what could not be delivered, dead letters, a lane.
 */
export function isInternalQueue(name: string): boolean {
  return STEP.test(name) || name === UNDELIVERABLE || /\.dead$|\.lane\.\d+$|^amq\.gen-/.test(name);
}
