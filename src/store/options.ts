import type { RedisOptions } from 'ioredis';

import type { StoreSettings } from '../contract/settings';
import { tlsOptions } from '../contract/tlsOptions';

/** Longest wait for an answer, ms: a half-open socket must not hold a delivery for ever. */
export const ANSWER_WAIT_MS = 10_000;
/** Longest wait for one Sentinel or node that is asked where the others are, ms: there are more to ask. */
export const LOOKUP_WAIT_MS = 3000;
/** Longest pause between two attempts to reconnect, ms. */
const LONGEST_DELAY_MS = 1000;
/** A connection that is given up is ended politely, and destroyed after so long, ms: a half-open one never ends. */
const GOODBYE_MS = 500;

/**
 * For any connection to any server of the store. No `socketTimeout`: ioredis 5.9.3 leaves its timer running when a connection breaks,
 * and it then destroys the next, healthy one (ran). Who asks drops a connection on which a command timed out.
 */
export function connecting(settings: StoreSettings): RedisOptions {
  const { tls } = settings;
  return {
    ...loginOf(settings),
    ...(tls && { tls: tlsOptions(tls) }),
    lazyConnect: true,
    connectTimeout: settings.connectTimeoutMs,
    disconnectTimeout: GOODBYE_MS,
    commandTimeout: ANSWER_WAIT_MS,
    keepAlive: 10_000,
  };
}

/** For a connection that is repaired without end. */
export function reconnecting(settings: StoreSettings): RedisOptions {
  return {
    ...connecting(settings),
    enableOfflineQueue: false,
    // What was under way fails when its connection ends; `Store` makes the call again.
    maxRetriesPerRequest: 0,
    retryStrategy: backoff,
    // The primary of yesterday. By name or by Sentinel, the next connection may find that of today.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
  };
}

/** Undefined, not left out: a login that was taken away must go as well. */
export function loginOf(settings: StoreSettings) {
  const sentinel = settings.kind === 'sentinel' ? settings : undefined;
  return {
    username: settings.username || undefined,
    password: settings.password || undefined,
    sentinelUsername: sentinel?.sentinelUsername || undefined,
    sentinelPassword: sentinel?.sentinelPassword || undefined,
  };
}

/** Pause before an attempt to connect, ms. */
export function backoff(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 6), LONGEST_DELAY_MS);
}
