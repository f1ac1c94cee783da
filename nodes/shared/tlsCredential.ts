import { InputError } from '../../src/index';
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
 * @throws InputError when something is not PEM, or one of certificate and key is missing
 */
export function readTls(stored: Stored) {
  if (!(stored.flag('tls') ?? false)) return undefined;
  const cert = readPem('Client Certificate', stored.text('cert'));
  const key = readPem('Client Key', stored.text('key'));
  if (cert !== '' && key === '') throw alone('Client Key', 'Client Certificate');
  if (key !== '' && cert === '') throw alone('Client Certificate', 'Client Key');
  return {
    ca: readPem('CA Certificate', stored.text('ca')),
    cert,
    key,
    passphrase: stored.exact('passphrase'),
    serverName: stored.text('serverName'),
    verify: stored.flag('verify'),
  };
}

/** A server only says that no certificate came. */
function alone(missing: string, given: string): InputError {
  return new InputError(
    missing,
    `is empty, and ${given} is not`,
    `Fill in ${missing}, or empty ${given}.`,
  );
}
