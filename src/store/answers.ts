import { RefusedError, UnavailableError, type SwarmError } from '../contract/errors';
import type { StoreSettings } from '../contract/settings';
import type { Asked } from './client';

/** A server's answer, and who gave it to whom. */
export interface Answered {
  readonly text: string;
  /** `host:port` of who answered, or of all that may have. */
  readonly where: string;
  readonly by: Asked['by'];
  readonly settings: StoreSettings;
  readonly cause: ErrorOptions;
}

export const NAMES: Readonly<Record<Answered['by'], string>> = {
  server: 'Redis',
  sentinel: 'The Sentinel',
};

/** The slot of the keys is moving. Where they lie on two nodes, each alone can be worked on, and all when the move is over. */
export class TornError extends UnavailableError {}

interface Answer {
  readonly seen: RegExp;
  /** Kinds of settings it is an answer to; all when left out. */
  readonly kinds?: readonly StoreSettings['kind'][];
  explain(answered: Answered): SwarmError;
}

/** What the server's own answers mean; texts of Redis 7.0, and of 7.2 and later where they differ. */
const ANSWERS: readonly Answer[] = [
  {
    seen: /WRONGPASS|invalid password|invalid username-password/i,
    explain: ({ where, by, settings, cause }) => {
      const user = by === 'server' ? settings.username : sentinelUser(settings);
      const fields = by === 'server' ? 'User and Password' : 'Sentinel User and Sentinel Password';
      return new RefusedError(
        'login_refused',
        `${NAMES[by]} at ${where} refused the password${user ? ` of user "${user}"` : ''}.`,
        `Check ${fields}. Without ACL users leave the user empty.`,
        cause,
      );
    },
  },
  {
    seen: /NOAUTH/,
    explain: ({ where, by, cause }) =>
      new RefusedError(
        'login_refused',
        `${NAMES[by]} at ${where} wants a password.`,
        `Fill in ${by === 'server' ? 'Password' : 'Sentinel Password'}.`,
        cause,
      ),
  },
  {
    seen: /without any password configured/,
    explain: ({ where, by, cause }) =>
      new RefusedError(
        'login_refused',
        `${NAMES[by]} at ${where} has no password, but one is given.`,
        'Leave user and password empty, or set a password on the server.',
        cause,
      ),
  },
  {
    // Inside of a script a missing right is an ordinary error: "can't run this command" (7.0), "ACL failure in script" (7.2).
    seen: /NOPERM|user executing the script can't|ACL failure in script/,
    explain: ({ where, by, settings, text, cause }) => {
      const user = (by === 'server' ? settings.username : sentinelUser(settings)) || 'default';
      return new RefusedError(
        'no_rights',
        `User "${user}" lacks a right on ${NAMES[by]} at ${where}: ${plain(text)}`,
        by === 'server' ? rights(user, settings) : `Allow it: ACL SETUSER ${user} +sentinel.`,
        cause,
      );
    },
  },
  {
    seen: /DB index is out of range|invalid DB index|SELECT is not allowed/,
    explain: ({ where, settings, cause }) =>
      new RefusedError(
        'not_found',
        `Redis at ${where} has no database ${settings.kind === 'cluster' ? 0 : settings.database}.`,
        'Choose a smaller Database; a Cluster has only 0.',
        cause,
      ),
  },
  {
    // May pass: after a failover the old primary answers so until it is left alone.
    seen: /READONLY/,
    explain: ({ where, settings, cause }) =>
      new UnavailableError(
        'disconnected',
        `Redis at ${where} is a replica and takes no writes.`,
        settings.kind === 'standalone'
          ? 'Give the address of the primary.'
          : 'A new primary is being chosen; it is looked for again.',
        cause,
      ),
  },
  {
    seen: /^(MOVED|ASK|CLUSTERDOWN|CROSSSLOT)\b/,
    kinds: ['standalone', 'sentinel'],
    explain: ({ where, text, cause }) =>
      new RefusedError(
        'unsupported',
        `Redis at ${where} is a node of a Cluster (${plain(text)}).`,
        'Choose Cluster as Connection.',
        cause,
      ),
  },
  {
    // What ioredis gives up with: after TRYAGAIN it asks any node, whose answer may well be the last.
    seen: /^(TRYAGAIN|MOVED|ASK)\b/,
    explain: ({ where, text, cause }) =>
      new TornError(
        'disconnected',
        `Redis Cluster at ${where} cannot serve these keys now: ${plain(text)}`,
        'It passes when their slot has moved, or its node is back: redis-cli --cluster check <host:port>.',
        cause,
      ),
  },
  {
    seen: /^CLUSTERDOWN\b/,
    explain: ({ where, text, cause }) =>
      new UnavailableError(
        'disconnected',
        `Redis Cluster at ${where} is down: ${plain(text)}`,
        'See that each slot has a node that is up: redis-cli --cluster check <host:port>.',
        cause,
      ),
  },
  {
    seen: /cluster support disabled/,
    explain: ({ where, cause }) =>
      new RefusedError(
        'unsupported',
        `Redis at ${where} is no node of a Cluster.`,
        'Choose Standalone or Sentinel as Connection.',
        cause,
      ),
  },
  {
    seen: /unknown command ['`]sentinel/i,
    explain: ({ where, cause }) =>
      new RefusedError(
        'unsupported',
        `What answers at ${where} is no Sentinel.`,
        'Give the port of the Sentinels, often 26379, or choose another Connection.',
        cause,
      ),
  },
  {
    seen: /unknown command ['`](select|cluster|eval)/i,
    explain: ({ where, cause }) =>
      new RefusedError(
        'unsupported',
        `What answers at ${where} takes no tasks; it may be a Sentinel.`,
        'Choose Sentinel as Connection, or give the port of Redis itself.',
        cause,
      ),
  },
  {
    seen: /^(OOM|MISCONF|LOADING|BUSY|NOREPLICAS|MASTERDOWN)\b/,
    explain: ({ where, text, cause }) =>
      new UnavailableError(
        'disconnected',
        `Redis at ${where} cannot work now: ${plain(text)}`,
        'See to its memory, disk, replicas and log; nothing is wrong with these settings.',
        cause,
      ),
  },
  {
    seen: /^(ERR (Error running script|.*user_script)|WRONGTYPE|ERR wrong number)/,
    explain: ({ where, text, cause }) =>
      new RefusedError(
        'conflict',
        `Redis at ${where}: ${text}`,
        'Another program may use the same keys: choose a Key Prefix of its own.',
        cause,
      ),
  },
];

/** Undefined for what no server says. */
export function explainAnswer(answered: Answered): SwarmError | undefined {
  const { kind } = answered.settings;
  return ANSWERS.find(
    ({ seen, kinds }) => seen.test(answered.text) && (kinds?.includes(kind) ?? true),
  )?.explain(answered);
}

function sentinelUser(settings: StoreSettings): string {
  return settings.kind === 'sentinel' ? settings.sentinelUsername : '';
}

function rights(user: string, { kind, prefix }: StoreSettings): string {
  // Before 7.0 all of CLUSTER counts as dangerous.
  const more = kind === 'cluster' ? ' +cluster|slots +cluster|info' : '';
  // A pattern cannot be added to "all keys": those who have that are narrowed.
  return `Allow it all that is harmless on its prefix, and nothing elsewhere: ACL SETUSER ${user} resetkeys ~${prefix}:* resetchannels &${prefix}:* +@all -@admin -@dangerous +info${more}.`;
}

/** Without the kind of a missing right, and without the place in the script: they tell a person nothing. */
function plain(text: string): string {
  return text.replace(/^NOPERM /, '').replace(/ script: [0-9a-f]+, on @user_script:\d+\.?$/, '');
}
