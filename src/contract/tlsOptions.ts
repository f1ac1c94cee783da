import type { TlsSettings } from './settings';

/** TLS as Node's own options say it; both clients and the management API take these. */
export function tlsOptions(tls: TlsSettings) {
  return {
    ...(tls.ca && { ca: tls.ca }),
    ...(tls.cert && { cert: tls.cert }),
    ...(tls.key && { key: tls.key }),
    ...(tls.passphrase && { passphrase: tls.passphrase }),
    ...(tls.serverName && { servername: tls.serverName }),
    rejectUnauthorized: tls.verify,
  };
}
