import type { Command } from 'commander';

import { InputError } from '../contract/errors';
import { readSettings, storeSchema, type StoreSettings } from '../contract/settings';

/** As a person gives them; each stands for a field of the credential Agent Swarm Redis. */
export interface StoreFlags {
  readonly redis?: string;
  readonly prefix?: string;
  readonly cluster?: boolean;
  readonly sentinel?: string;
}

export function withStoreFlags(command: Command): Command {
  return command
    .option(
      '--redis <url>',
      'redis://[user:password@]host[:port][/database], rediss:// for TLS; several hosts by commas; else REDIS_URL',
    )
    .option('--prefix <prefix>', 'Key Prefix of the credential')
    .option('--cluster', 'the hosts are nodes of a Redis Cluster')
    .option('--sentinel <name>', 'the hosts are Sentinels that watch a primary of this name');
}

/** @throws InputError for an address that cannot be read */
export function storeSettings(
  flags: StoreFlags,
  env: Readonly<Record<string, string | undefined>>,
): StoreSettings {
  const given = flags.redis ?? env.REDIS_URL;
  if (!given) {
    throw new InputError('--redis', 'is missing', 'Give the address, or set REDIS_URL.');
  }
  const { login, hosts, tls, database } = readAddress(given);
  const common = { ...login, prefix: flags.prefix, tls: tls ? {} : undefined };
  if (flags.cluster) {
    return readSettings(storeSchema, { kind: 'cluster', nodes: hosts(6379), ...common });
  }
  if (flags.sentinel !== undefined) {
    const sentinels = hosts(26_379);
    const { sentinel: name } = flags;
    return readSettings(storeSchema, { kind: 'sentinel', sentinels, name, database, ...common });
  }
  const [first] = hosts(6379);
  return readSettings(storeSchema, { kind: 'standalone', ...first, database, ...common });
}

interface Address {
  readonly login: { readonly username?: string; readonly password?: string };
  hosts(usualPort: number): { host: string; port: number }[];
  readonly tls: boolean;
  readonly database: number;
}

/** A URL can name one host only: the others are cut out before it is read. */
function readAddress(given: string): Address {
  const [, scheme = '', user = '', places = '', rest = ''] =
    /^(rediss?:)\/\/(?:(.*)@)?([^/]+)(\/\d*)?$/.exec(given) ?? [];
  if (!scheme || !places) throw unreadable();
  try {
    const urls = places.split(',').map((place) => new URL(`redis://${user && `${user}@`}${place}`));
    const { username, password } = urls[0] as URL;
    return {
      login: {
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
      },
      hosts: (usualPort) =>
        urls.map(({ hostname, port }) => ({
          // An IPv6 address stands in brackets.
          host: hostname.replace(/^\[(.*)\]$/, '$1'),
          port: Number(port) || usualPort,
        })),
      tls: scheme === 'rediss:',
      database: Number(rest.slice(1)),
    };
  } catch {
    throw unreadable();
  }
}

/** Without what was given: it may hold a password. */
function unreadable(): InputError {
  return new InputError(
    '--redis',
    'is no address',
    'Write it as redis://user:password@host:6379/0.',
  );
}
