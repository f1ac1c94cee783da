import { isSwarmError, UnavailableError, type SwarmError } from './errors';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** Thrown to whoever waits when a consumer closes. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
}

/** Resolves after `ms`, or at once when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** `wait` also waits when a server refuses: for acts that a person may make possible again, such as a right or a queue. */
  readonly refused?: 'throw' | 'wait';
  /** Longest time to go on trying, ms; then the last error passes through. */
  readonly limitMs?: number | undefined;
  onAway?(error: SwarmError): void;
}

/**
 * Does `act` again until a server answers; other errors pass through. For acts that are safe to repeat.
 *
 * @throws ClosedError when the signal aborts before there is an answer
 */
export async function patiently<T>(act: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const { signal, refused = 'throw', limitMs = Infinity, onAway } = patience;
  const until = performance.now() + limitMs;
  for (let delay = FIRST_PAUSE_MS; ; delay = Math.min(delay * 2, LONGEST_PAUSE_MS)) {
    if (signal?.aborted) throw new ClosedError('closed');
    try {
      return await act();
    } catch (error) {
      const wait = refused === 'wait' ? isSwarmError(error) : error instanceof UnavailableError;
      if (!wait || performance.now() + delay > until) throw error;
      onAway?.(error as SwarmError);
      await pause(delay, signal);
    }
  }
}

/** Longest a polite goodbye may take, ms. amqplib never settles a close whose connection dies before the answer. */
const GOODBYE_MS = 3000;

/** Waits for a close, but not for ever; its errors do not matter any more. */
export async function goodbye(closing: Promise<unknown>): Promise<void> {
  await within(GOODBYE_MS, closing, () => new ClosedError('no answer')).catch(() => undefined);
}

/** The answer of `act`, or what `late` makes after `ms`. What comes too late is dropped. */
export async function within<T>(ms: number, act: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  // Nobody waits for it any more once the limit has passed.
  act.catch(() => undefined);
  try {
    return await Promise.race([act, limit]);
  } finally {
    clearTimeout(timer);
  }
}
