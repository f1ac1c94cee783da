import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder } from './temporaryFolder';

const run = promisify(execFile);

/** A certificate with its key, as files for a server and as text for a form. */
export interface Issued {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority of the test's own, made by openssl. */
export interface Authority extends Issued {
  /** @param names of a server, such as `DNS:localhost,IP:127.0.0.1`; @param days it is good for, from today; -1: it ran out yesterday */
  issue(name: string, names?: string, days?: number): Promise<Issued>;
  remove(): Promise<void>;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function newAuthority(name = 'authority'): Promise<Authority> {
  const folder = await temporaryFolder('authority');
  const place = (file: string) => join(folder.path, file);
  const read = async (base: string): Promise<Issued> => {
    const [certPath, keyPath] = [place(`${base}.pem`), place(`${base}.key`)];
    const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
    return { certPath, keyPath, cert, key };
  };
  const files = (base: string, end: string) => [
    ...['-keyout', place(`${base}.key`)],
    ...['-out', place(`${base}.${end}`)],
  ];
  const subject = (cn: string) => ['-subj', `/CN=${cn}`];
  await run('openssl', [
    'req',
    '-x509',
    '-days',
    '2',
    ...KEY,
    ...subject(name),
    ...files('ca', 'pem'),
  ]);
  const own = await read('ca');
  return {
    ...own,
    async issue(base, names = 'DNS:localhost,IP:127.0.0.1', days = 2) {
      const extra = ['-addext', `subjectAltName=${names}`];
      await run('openssl', [
        'req',
        '-new',
        ...KEY,
        ...subject(base),
        ...extra,
        ...files(base, 'csr'),
      ]);
      const signer = ['-CA', own.certPath, '-CAkey', own.keyPath, '-CAcreateserial'];
      const made = ['-in', place(`${base}.csr`), '-out', place(`${base}.pem`)];
      const time = ['-days', String(days), '-copy_extensions', 'copy'];
      await run('openssl', ['x509', '-req', ...made, ...signer, ...time]);
      return await read(base);
    },
    remove: folder.remove,
  };
}
