import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { readSettings, storeSchema, type StoreSettings } from '../../src/index';
import { inFormWords, type Labels } from './formWords';
import { readHosts } from './hosts';
import { Stored } from './stored';
import { readTls, TLS_LABELS } from './tlsCredential';

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

const LABELS: Labels = {
  kind: 'Connection',
  host: 'Host',
  port: 'Port',
  sentinels: 'Sentinels',
  name: 'Master Name',
  sentinelUsername: 'Sentinel User',
  sentinelPassword: 'Sentinel Password',
  nodes: 'Nodes',
  database: 'Database',
  username: 'User',
  password: 'Password',
  prefix: 'Key Prefix',
  connectTimeoutMs: 'Connect Timeout',
  ...TLS_LABELS,
};

/**
 * Settings of the store from the stored credential "Agent Swarm Redis".
 *
 * @throws InputError naming the field as the form shows it
 */
export function readStoreCredential(data: ICredentialDataDecryptedObject): StoreSettings {
  const stored = new Stored(data);
  return inFormWords(LABELS, () =>
    readSettings(storeSchema, {
      ...placeOf(stored),
      username: stored.text('username'),
      password: stored.exact('password'),
      prefix: stored.text('prefix'),
      connectTimeoutMs: stored.milliseconds('connectTimeoutSeconds'),
      tls: readTls(stored),
    }),
  );
}

/** Fields of the other kinds of connection may be filled as well; the form hides them, and they mean nothing. */
function placeOf(stored: Stored) {
  const kind = stored.text('type') ?? 'standalone';
  const database = stored.number('database');
  const hosts = (label: string, name: string, port: number) =>
    readHosts(label, stored.text(name) ?? '', port);
  switch (kind) {
    case 'sentinel':
      return {
        kind,
        sentinels: hosts('Sentinels', 'sentinels', SENTINEL_PORT),
        name: stored.text('masterName'),
        sentinelUsername: stored.text('sentinelUsername'),
        sentinelPassword: stored.exact('sentinelPassword'),
        database,
      };
    case 'cluster':
      return { kind, nodes: hosts('Nodes', 'nodes', REDIS_PORT) };
    default:
      return { kind, host: stored.text('host'), port: stored.number('port'), database };
  }
}
