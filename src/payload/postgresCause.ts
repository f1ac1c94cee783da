import {
  isSwarmError,
  messageOf,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import type { PostgresSettings } from '../contract/payloadStores';
import { socketFault, UNTRUSTED_BY_N8N } from '../contract/socketFault';

const LOST = /^(Connection terminated|Client has encountered a connection error)/;
/** Of a connection attempt; of a statement. */
const NOT_CONNECTED = /^timeout expired/;
const LATE = /^Query read timeout/;
/** Shutdown by an operator, a crash, and while it starts. */
const GOING = /^57P0[1-5]$/;

/** Whether a statement may be run again at once: its connection ended. */
export function lostConnection(error: unknown): boolean {
  return LOST.test(messageOf(error)) || stateOf(error) === '57P01';
}

export function isMissingTable(error: unknown): boolean {
  return stateOf(error) === '42P01';
}

/**
 * The one place that reads the PostgreSQL client's errors. What it does not know counts as something that may pass.
 *
 * @param create the statements that make the table, when it was they that failed
 */
export function postgresCause(
  error: unknown,
  settings: PostgresSettings,
  create?: string,
): SwarmError {
  if (isSwarmError(error)) return error;
  const { host, port, tls } = settings;
  const where = `${host}:${port}`;
  const text = messageOf(error);
  const cause = { cause: error };
  const peer = {
    name: 'PostgreSQL',
    where,
    tls: tls !== 'off',
    hostField: 'Host',
    words: WORDS,
  } as const;
  return (
    refusal(error, settings, create) ??
    away(error, text, where) ??
    tlsMissing(text, where, cause) ??
    socketFault(error, peer) ??
    new UnavailableError('disconnected', `PostgreSQL at ${where}: ${text}`, TRY_AGAIN, cause)
  );
}

const TRY_AGAIN = 'Try again when the server is well.';

const WORDS = {
  tlsOn: 'set SSL to Require',
  tlsOff: 'set SSL to Disable',
  otherName: 'Connect by a name in the certificate, or switch Ignore SSL Issues on.',
  untrusted: UNTRUSTED_BY_N8N,
};

function stateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function refusal(
  error: unknown,
  { host, port, database, user, table }: PostgresSettings,
  create: string | undefined,
): RefusedError | undefined {
  const where = `PostgreSQL at ${host}:${port}`;
  const refused = (code: RefusedError['code'], said: string, remedy: string) =>
    new RefusedError(code, said, remedy, { cause: error });
  if (/^SASL: /.test(messageOf(error))) {
    return refused('login_refused', `${where} wants a password.`, 'Fill in Password.');
  }
  switch (stateOf(error)) {
    case '28P01':
    case '28000':
      return refused(
        'login_refused',
        `${where} refused the login of user "${user}".`,
        'Check User and Password of the Postgres credential, and whether pg_hba.conf lets n8n in.',
      );
    case '3D000':
      return refused('not_found', `${where} has no database "${database}".`, 'Correct Database.');
    case '3F000':
    case '42501':
      return create === undefined
        ? refused(
            'no_rights',
            `${where}: user "${user}" may not use the table "${table}": ${messageOf(error)}.`,
            `Let its owner run: GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${user}.`,
          )
        : refused(
            'no_rights',
            `${where}: there is no table "${table}", and user "${user}" may not create it: ${messageOf(error)}.`,
            `Let somebody who may run this, and GRANT SELECT, INSERT, UPDATE, DELETE on it: ${create.replace(/\s+/g, ' ')}`,
          );
    case '42P01':
      return refused(
        'not_found',
        `${where}: database "${database}" has no table "${table}".`,
        'The first payload that is stored makes it. Check Database and Table, which must be those it was stored with.',
      );
    case '42703':
    case '42804':
    case '42P10':
      return refused(
        'unsupported',
        `${where}: the table "${table}" is not one of this pack: ${messageOf(error)}.`,
        'Give Table another name.',
      );
    case '25006':
      return refused(
        'unsupported',
        `${where} takes no writes: ${messageOf(error)}.`,
        'Connect to the primary.',
      );
    default:
      return undefined;
  }
}

function away(error: unknown, text: string, where: string): UnavailableError | undefined {
  const cause = { cause: error };
  if (NOT_CONNECTED.test(text)) {
    return new UnavailableError(
      'unreachable',
      `PostgreSQL at ${where} accepted no connection in time.`,
      'Check Host and Port of the Postgres credential, and whether a firewall is in between.',
      cause,
    );
  }
  if (LATE.test(text)) {
    return new UnavailableError(
      'timeout',
      `PostgreSQL at ${where} did not answer in time.`,
      TRY_AGAIN,
      cause,
    );
  }
  if (!LOST.test(text) && !GOING.test(stateOf(error) ?? '')) return undefined;
  return new UnavailableError(
    'disconnected',
    `PostgreSQL at ${where} dropped the connection, or is starting or stopping.`,
    TRY_AGAIN,
    cause,
  );
}

function tlsMissing(text: string, where: string, cause: ErrorOptions): RefusedError | undefined {
  if (!text.startsWith('The server does not support SSL')) return undefined;
  return new RefusedError(
    'tls',
    `PostgreSQL at ${where} speaks no TLS.`,
    'Set SSL of the Postgres credential to Disable, or switch TLS on at the server.',
    cause,
  );
}
