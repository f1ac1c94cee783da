import type { Command } from 'commander';

import { InputError } from '../contract/errors';
import { readSettings, storeSchema, type StoreSettings } from '../contract/settings';
import { readAddress, unreadable, type Kind } from './address';

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

const REDIS: Kind = {
  option: '--redis',
  scheme: 'redis',
  example: 'redis://user:password@host:6379/0',
};

/** @throws InputError for an address that cannot be read */
export function storeSettings(
  flags: StoreFlags,
  env: Readonly<Record<string, string | undefined>>,
): StoreSettings {
  const given = flags.redis ?? env.REDIS_URL;
  if (!given) {
    throw new InputError('--redis', 'is missing', 'Give the address, or set REDIS_URL.');
  }
  const { login, hosts, tls, path } = readAddress(given, REDIS);
  const database = databaseOf(path);
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

function databaseOf(path: string): number {
  if (!/^\d*$/.test(path)) throw unreadable(REDIS);
  return Number(path);
}
