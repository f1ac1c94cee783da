import {
  isSwarmError,
  messageOf,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { socketFault } from '../contract/socketFault';
import { explainAnswer, NAMES } from './answers';
import type { Asked, Endpoint } from './client';

const HOST_FIELDS: Readonly<Record<StoreSettings['kind'], string>> = {
  standalone: 'Host',
  sentinel: 'Sentinels',
  cluster: 'Nodes',
};

/** Said by ioredis of a call whose connection was not there, or ended under way: it may have been made or not. */
const LOST =
  /^(Reached the max retries|Connection is closed|Stream isn't writeable|Cluster isn't ready|Command aborted|None of startup nodes|Failed to refresh slots|All sentinels are unreachable)/;
const TIMED_OUT = /^Command timed out/;
/** ioredis puts these before what it was told. */
const WRAPPED = /^(Too many Cluster redirections\. Last error: (\w*Error: )?|Ready check failed: )/;
const BY_SENTINEL = /^failed to connect to sentinel (\S+):(\d+) because (.*)$/s;
const UNKNOWN_NAME = /^connected to sentinel (\S+) successfully, but got an invalid reply: null/;

/** The one place that reads the Redis client's errors. What it does not know counts as something that may pass. */
export function storeCause(error: unknown, settings: StoreSettings, asked?: Asked): SwarmError {
  if (isSwarmError(error)) return error;
  const told = messageOf(error);
  const [, host, port, why] = BY_SENTINEL.exec(told) ?? [];
  if (host !== undefined) {
    const at = { host, port: Number(port) };
    return storeCause(new Error(why, { cause: error }), settings, { at, by: 'sentinel' });
  }
  const text = told.replace(WRAPPED, '');
  const { by = 'server' } = asked ?? {};
  const where = asked ? placeOf(asked.at) : whereOf(settings);
  const tls = settings.tls !== undefined;
  const peer = { name: 'Redis', where, tls, hostField: HOST_FIELDS[settings.kind] } as const;
  return (
    explainAnswer({ text, where, by, settings, cause: { cause: error } }) ??
    unknownName(error, text, settings) ??
    absence(error, text, `${NAMES[by]} at ${where}`, peer.hostField) ??
    socketFault(text === told ? error : new Error(text, { cause: error }), peer) ??
    new UnavailableError('disconnected', `${NAMES[by]} at ${where}: ${text}`, TRIED_AGAIN, {
      cause: error,
    })
  );
}

/** Whether a call may be made again at once: its connection ended, or was not there yet. */
export function lostConnection(error: unknown): boolean {
  return LOST.test(messageOf(error));
}

/** Whether an error tells no more than that there is no connection. */
export function saysOnlyLost(error: unknown): boolean {
  return LOST.test(messageOf(error).replace(WRAPPED, ''));
}

/** Whether a connection is there and says nothing. */
export function timedOut(error: unknown): boolean {
  return TIMED_OUT.test(messageOf(error));
}

/** The Sentinels answer, and know no such primary. */
export function unknownPrimary(name: string, where: string, cause?: ErrorOptions): RefusedError {
  return new RefusedError(
    'not_found',
    `The Sentinel at ${where} watches no primary named "${name}".`,
    'Correct Master Name: redis-cli -p 26379 SENTINEL MASTERS lists them.',
    cause,
  );
}

const TRIED_AGAIN = 'It is tried again.';

function unknownName(error: unknown, text: string, settings: StoreSettings) {
  const [, where] = UNKNOWN_NAME.exec(text) ?? [];
  if (where === undefined || settings.kind !== 'sentinel') return undefined;
  return unknownPrimary(settings.name, where, { cause: error });
}

function absence(
  error: unknown,
  text: string,
  whom: string,
  hostField: string,
): UnavailableError | undefined {
  const cause = { cause: error };
  if (TIMED_OUT.test(text)) {
    return new UnavailableError('timeout', `${whom} did not answer in time.`, TRIED_AGAIN, cause);
  }
  if (LOST.test(text)) {
    const problem = `${whom} cannot be reached, or dropped the connection.`;
    return new UnavailableError('disconnected', problem, TRIED_AGAIN, cause);
  }
  if (!text.startsWith('Protocol error')) return undefined;
  return new UnavailableError(
    'disconnected',
    `What answers is not Redis: ${whom}.`,
    `Check ${hostField} and its port: Redis has 6379 by default, a Sentinel 26379.`,
    cause,
  );
}

function whereOf(settings: StoreSettings): string {
  switch (settings.kind) {
    case 'standalone':
      return placeOf(settings);
    case 'sentinel':
      return `${settings.sentinels.map(placeOf).join(', ')} (Sentinels of "${settings.name}")`;
    case 'cluster':
      return settings.nodes.map(placeOf).join(', ');
  }
}

function placeOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
