import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder } from './temporaryFolder';

const run = promisify(execFile);

export interface Certificate {
  readonly certPath: string;
  readonly keyPath: string;
  /** PEM, to be trusted as its own authority. */
  readonly pem: string;
  remove(): Promise<void>;
}

/** A self-signed certificate for these names, made by openssl, good for two days. */
export async function selfSignedCertificate(
  subjects = 'DNS:localhost,IP:127.0.0.1',
): Promise<Certificate> {
  const folder = await temporaryFolder('tls');
  const [certPath, keyPath] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${subjects}`];
  const files = ['-keyout', keyPath, '-out', certPath];
  await run('openssl', ['req', '-x509', '-days', '2', ...key, ...names, ...files]);
  return { certPath, keyPath, pem: await readFile(certPath, 'utf8'), remove: folder.remove };
}
