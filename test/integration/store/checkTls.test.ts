import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { selfSignedCertificate, type Certificate } from '../../support/certificates';
import type { Child } from '../../support/childProcess';
import { freePort } from '../../support/freePort';
import { connectPlainStore } from '../../support/plainStore';
import { startRedis, type RedisServer } from '../../support/redis';
import { startSentinel } from '../../support/redisSentinel';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporaryFolder';
import { check, told, type Given } from './checking';

jest.setTimeout(60_000);

const HOST = '127.0.0.1';

describe('the check over TLS', () => {
  let certificate: Certificate;
  let folder: TemporaryFolder;
  let redis: RedisServer;
  let node: RedisServer;
  let sentinel: Child;
  let ports: Record<'redis' | 'node' | 'sentinel', number>;
  let locked: string;

  beforeAll(async () => {
    certificate = await selfSignedCertificate();
    folder = await temporaryFolder('tls-sentinel');
    ports = { redis: await freePort(), node: await freePort(), sentinel: await freePort() };
    const { certPath, keyPath } = certificate;
    const words = [
      'tls-cert-file',
      certPath,
      'tls-key-file',
      keyPath,
      'tls-ca-cert-file',
      certPath,
    ];
    const files = words.map((word, index) => (index % 2 ? word : `--${word}`));
    const lines = [0, 2, 4].map((index) => words.slice(index, index + 2).join(' '));
    redis = await startRedis({ args: ['--tls-port', String(ports.redis), ...files] });
    const bus = ['--cluster-port', String(await freePort()), '--cluster-announce-ip', HOST];
    const own = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', ...bus];
    node = await startRedis({ args: ['--tls-port', String(ports.node), ...files, ...own] });
    const plain = await connectPlainStore(node.url);
    await plain.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!(await plain.redis.cluster('INFO')).includes('cluster_state:ok'));
    plain.redis.disconnect();
    const monitor = `sentinel monitor mymaster ${HOST} ${ports.redis} 1`;
    const listen = ['port 0', `tls-port ${ports.sentinel}`, 'tls-replication yes'];
    sentinel = await startSentinel(folder, [...listen, ...lines, monitor]);
    await sentinel.waitForLine(/monitor master mymaster/, 10_000);
    const encrypt = ['pkey', '-in', keyPath, '-aes256', '-passout', 'pass:hush'];
    locked = (await promisify(execFile)('openssl', encrypt)).stdout;
  });
  afterAll(async () => {
    await sentinel?.stop();
    await redis?.stop();
    await node?.stop();
    await folder?.remove();
    await certificate?.remove();
  });

  it.each(['standalone', 'sentinel', 'cluster'] as const)(
    '%s: shows and asks for certificates',
    async (kind) => {
      const place = {
        standalone: { host: HOST, port: ports.redis },
        sentinel: { sentinels: [{ host: HOST, port: ports.sentinel }] },
        cluster: { nodes: [{ host: HOST, port: ports.node }] },
      };
      const over = (tls: Given) => ({ kind, ...place[kind], tls: { ca: certificate.pem, ...tls } });
      const cert = await readFile(certificate.certPath, 'utf8');
      const own = { cert, key: locked, passphrase: 'hush' };
      expect(await check(over(own))).toMatchObject({ connection: kind });
      expect(await check(over({ ...own, serverName: 'localhost' }))).toMatchObject({
        primaries: 1,
      });
      const refusals: [Given, RegExp][] = [
        [{ ...own, serverName: 'elsewhere' }, /made out to another name/],
        [{ ...own, ca: '' }, /authority that is not trusted/],
        [{ ...own, passphrase: 'wrong' }, /could not be decrypted/],
      ];
      for (const [tls, text] of refusals) {
        expect(await told(over(tls))).toMatchObject({
          code: 'tls',
          text: expect.stringMatching(text),
        });
      }
    },
  );
});
