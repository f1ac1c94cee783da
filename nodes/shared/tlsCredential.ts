import type { Labels } from './formWords';
import { readPem } from './pem';
import type { Stored } from './stored';

export const TLS_LABELS: Labels = {
  'tls.ca': 'CA Certificate',
  'tls.cert': 'Client Certificate',
  'tls.key': 'Client Key',
  'tls.passphrase': 'Key Passphrase',
  'tls.serverName': 'Server Name',
  'tls.verify': 'Verify Certificate',
};

/**
 * What the fields of `credentials/tlsFields.ts` hold; undefined when TLS is switched off.
 *
 * @throws InputError when something is not PEM
 */
export function readTls(stored: Stored) {
  if (!(stored.flag('tls') ?? false)) return undefined;
  return {
    ca: readPem('CA Certificate', stored.text('ca')),
    cert: readPem('Client Certificate', stored.text('cert')),
    key: readPem('Client Key', stored.text('key')),
    passphrase: stored.exact('passphrase'),
    serverName: stored.text('serverName'),
    verify: stored.flag('verify'),
  };
}
