import {
  isSwarmError,
  messageOf,
  RefusedError,
  UnavailableError,
  type SwarmError,
} from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import { socketFault } from '../contract/socketFault';

/** What the server's own answers mean; texts of Redis 7.0, and of 7.2 and later where they differ. */
interface Answer {
  readonly seen: RegExp;
  explain(where: string, settings: StoreSettings, text: string, cause: ErrorOptions): SwarmError;
}

const ANSWERS: readonly Answer[] = [
  {
    seen: /WRONGPASS|invalid password|invalid username-password/i,
    explain: (where, { username }, _text, cause) =>
      new RefusedError(
        'login_refused',
        `Redis at ${where} refused the password${username ? ` of user "${username}"` : ''}.`,
        'Check User and Password. Without ACL users leave User empty.',
        cause,
      ),
  },
  {
    seen: /NOAUTH/,
    explain: (where, _settings, _text, cause) =>
      new RefusedError(
        'login_refused',
        `Redis at ${where} wants a password.`,
        'Fill in Password.',
        cause,
      ),
  },
  {
    seen: /without any password configured/,
    explain: (where, _settings, _text, cause) =>
      new RefusedError(
        'login_refused',
        `Redis at ${where} has no password, but one is given.`,
        'Leave User and Password empty, or set a password on the server.',
        cause,
      ),
  },
  {
    // Inside of a script a missing right is an ordinary error: "can't run this command" (7.0), "ACL failure in script" (7.2).
    seen: /NOPERM|user executing the script can't|ACL failure in script/,
    explain: (where, { username, prefix }, text, cause) =>
      new RefusedError(
        'no_rights',
        `User "${username || 'default'}" lacks a right on Redis at ${where}: ${plain(text)}`,
        `Allow it scripts, hashes, strings, expiry and pub/sub on its prefix: ACL SETUSER ${username || 'default'} ~${prefix}:* &${prefix}:* +@all -@admin -@dangerous +info.`,
        cause,
      ),
  },
  {
    seen: /DB index is out of range|invalid DB index|SELECT is not allowed/,
    explain: (where, { database }, _text, cause) =>
      new RefusedError(
        'not_found',
        `Redis at ${where} has no database ${database}.`,
        'Choose a smaller Database; a Cluster has only 0.',
        cause,
      ),
  },
  {
    seen: /^(MOVED|ASK|CLUSTERDOWN|CROSSSLOT)\b/,
    explain: (where, _settings, text, cause) =>
      new RefusedError(
        'unsupported',
        `Redis at ${where} is a node of a Cluster (${plain(text)}).`,
        'Give a Redis that stands alone.',
        cause,
      ),
  },
  {
    // May pass: after a failover the old primary answers so until the address points to the new one.
    seen: /^READONLY/,
    explain: (where, _settings, _text, cause) =>
      new UnavailableError(
        'disconnected',
        `Redis at ${where} is a replica and takes no writes.`,
        'Give the address of the primary.',
        cause,
      ),
  },
  {
    seen: /^(OOM|MISCONF|LOADING|BUSY|NOREPLICAS|MASTERDOWN)\b/,
    explain: (where, _settings, text, cause) =>
      new UnavailableError(
        'disconnected',
        `Redis at ${where} cannot work now: ${plain(text)}`,
        'See to its memory, disk and log; nothing is wrong with these settings.',
        cause,
      ),
  },
  {
    seen: /^(ERR (Error running script|.*user_script)|WRONGTYPE|ERR wrong number)/,
    explain: (where, _settings, text, cause) =>
      new RefusedError(
        'conflict',
        `Redis at ${where}: ${text}`,
        'Another program may use the same keys: choose a Key Prefix of its own.',
        cause,
      ),
  },
  {
    seen: /^Protocol error/,
    explain: (where, _settings, _text, cause) =>
      new UnavailableError(
        'disconnected',
        `What answers at ${where} is not Redis.`,
        'Check Host and Port.',
        cause,
      ),
  },
];

/** The one place that reads the Redis client's errors. What it does not know counts as something that may pass. */
export function storeCause(error: unknown, settings: StoreSettings): SwarmError {
  if (isSwarmError(error)) return error;
  const text = messageOf(error);
  const where = `${settings.host}:${settings.port}`;
  const answer = ANSWERS.find(({ seen }) => seen.test(text));
  if (answer) return answer.explain(where, settings, text, { cause: error });
  const peer = {
    name: 'Redis',
    where,
    tls: settings.tls !== undefined,
    hostField: 'Host',
  } as const;
  return (
    socketFault(error, peer) ??
    new UnavailableError('disconnected', `Redis at ${where}: ${text}`, 'It is tried again.', {
      cause: error,
    })
  );
}

/** Without the place in the script, which tells a person nothing. */
function plain(text: string): string {
  return text.replace(/ script: [0-9a-f]+, on @user_script:\d+\.?$/, '');
}
