import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { readSettings, storeSchema, type StoreSettings } from '../../src/index';
import { inFormWords, type Labels } from './formWords';
import { readPem } from './pem';
import { Stored } from './stored';

const LABELS: Labels = {
  kind: 'Connection Type',
  host: 'Host',
  port: 'Port',
  database: 'Database',
  username: 'User',
  password: 'Password',
  prefix: 'Key Prefix',
  connectTimeoutMs: 'Connect Timeout',
  'tls.ca': 'CA Certificate',
  'tls.cert': 'Client Certificate',
  'tls.key': 'Client Key',
  'tls.verify': 'Verify Certificate',
};

/**
 * Settings of the store from the stored credential "Agent Swarm Redis".
 *
 * @throws InputError naming the field as the form shows it
 */
export function readStoreCredential(data: ICredentialDataDecryptedObject): StoreSettings {
  const stored = new Stored(data);
  const tls = stored.flag('tls') ?? false;
  return inFormWords(LABELS, () =>
    readSettings(storeSchema, {
      kind: stored.text('type') ?? 'standalone',
      host: stored.text('host'),
      port: stored.number('port'),
      database: stored.number('database'),
      username: stored.text('username'),
      password: stored.exact('password'),
      prefix: stored.text('prefix'),
      connectTimeoutMs: stored.milliseconds('connectTimeoutSeconds'),
      tls: tls
        ? {
            ca: readPem('CA Certificate', stored.text('ca')),
            cert: readPem('Client Certificate', stored.text('cert')),
            key: readPem('Client Key', stored.text('key')),
            verify: stored.flag('verify'),
          }
        : undefined,
    }),
  );
}
