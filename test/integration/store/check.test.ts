import { randomUUID } from 'node:crypto';

import { selfSignedCertificate, type Certificate } from '../../support/certificates';
import { freePort } from '../../support/freePort';
import { connectPlainStore, type PlainStore } from '../../support/plainStore';
import { startRedis, type RedisServer } from '../../support/redis';
import { check as checkAny, told as toldOfAny, type Given } from './checking';

jest.setTimeout(120_000);

const HOST = '127.0.0.1';

const check = (given: Given) => checkAny({ kind: 'standalone', host: HOST, ...given });
const told = (given: Given) => toldOfAny({ kind: 'standalone', host: HOST, ...given });

describe('the check of a store', () => {
  let redis: RedisServer;
  let port: number;
  let plain: PlainStore;
  let prefix: string;

  beforeAll(async () => {
    redis = await startRedis();
    port = redis.port;
    plain = await connectPlainStore(redis.url);
    prefix = plain.prefix.slice(0, -1);
  });
  afterAll(async () => {
    await plain?.close();
    await redis?.stop();
  });

  /** An ACL user of this test, with these rights. */
  async function user(...rules: string[]): Promise<Given> {
    const username = `user-${randomUUID()}`;
    await plain.redis.call('ACL', 'SETUSER', username, 'on', '>pw', ...rules);
    return { port, prefix, username, password: 'pw' };
  }

  it('lets right settings pass, says whom they lead to and leaves nothing behind', async () => {
    const identity = await check({ port, prefix });
    expect(identity).toMatchObject({ kind: expect.stringMatching(/Redis|Valkey/), warnings: [] });
    expect(identity.version).toMatch(/^\d+\.\d+/);
    expect(await plain.keys()).toEqual([]);
  });

  it('tells a port on which nothing listens, and what localhost means in a container', async () => {
    const { code, text } = await told({ port: await freePort() });
    expect(code).toBe('unreachable');
    expect(text).toMatch(/No Redis answers at .*ECONNREFUSED.*Inside a container/);
  });

  it('tells a host name that cannot be resolved', async () => {
    const { code, text } = await told({ host: 'no-such-host.invalid' });
    expect(code).toBe('unreachable');
    expect(text).toMatch(/no-such-host\.invalid:6379.*Check Host/);
  });

  it('tells a database that does not exist, instead of working in database 0', async () => {
    const { code, text } = await told({ port, prefix, database: 99 });
    expect(code).toBe('not_found');
    expect(text).toContain('has no database 99');
  });

  it('warns of a server that has no password although one is given', async () => {
    const { warnings } = await check({ port, prefix, password: 'believed' });
    expect(warnings).toEqual([expect.stringContaining('has no password, but one is given')]);
  });

  it.each([
    ['may run no scripts', ['~*', '&*', '+@all', '-@scripting']],
    ['may not touch the prefix', ['~other:*', '&*', '+@all']],
    ['may write no hashes, which shows inside of the script only', ['~*', '&*', '+@all', '-hset']],
    ['may not publish under the prefix', ['~*', 'resetchannels', '+@all']],
  ])('tells a user that %s', async (_what, rules) => {
    const { code, text } = await told(await user(...rules));
    expect(code).toBe('no_rights');
    expect(text).toMatch(/^User "user-.*lacks a right.*ACL SETUSER/);
  });

  it('names rights that suffice', async () => {
    const poor = await user('~other:*', '+@all');
    const { text } = await told(poor);
    const [, command = ''] = /ACL SETUSER (.*)\.$/.exec(text) ?? [];
    await plain.redis.call('ACL', 'SETUSER', ...command.split(' '));
    await expect(check(poor)).resolves.toMatchObject({ warnings: [] });
  });

  it('does without INFO, which many users may not ask for', async () => {
    const given = await user('~*', '&*', '+@all', '-info');
    await expect(check(given)).resolves.toMatchObject({ version: '' });
  });

  it('tells an unknown user and a wrong password of a known one', async () => {
    const known = await user('~*', '&*', '+@all');
    for (const given of [
      { ...known, password: 'wrong' },
      { ...known, username: 'nobody' },
    ]) {
      expect(await told(given)).toMatchObject({
        code: 'login_refused',
        text: expect.stringContaining('Check User and Password'),
      });
    }
  });
});

describe('the check of a store behind a password and TLS', () => {
  let certificate: Certificate;
  let redis: RedisServer;
  let tlsPort: number;
  let pw: Given;

  beforeAll(async () => {
    certificate = await selfSignedCertificate();
    tlsPort = await freePort();
    redis = await startRedis({
      args: [
        ['--requirepass', 'secret', '--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
        ['--tls-cert-file', certificate.certPath, '--tls-key-file', certificate.keyPath],
        ['--tls-ca-cert-file', certificate.certPath],
        ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
      ].flat(),
    });
    pw = { password: 'secret' };
  });

  afterAll(async () => {
    await redis?.stop();
    await certificate?.remove();
  });

  it('tells a missing and a wrong password', async () => {
    const missing = await told({ port: redis.port });
    expect(missing.code).toBe('login_refused');
    expect(missing.text).toMatch(/wants a password.*Fill in Password/);
    const wrong = await told({ port: redis.port, password: 'wrong' });
    expect(wrong.code).toBe('login_refused');
    expect(wrong.text).toMatch(/refused the password.*Check User and Password/);
  });

  it('warns of a memory policy that deletes leases', async () => {
    const { warnings } = await check({ ...pw, port: redis.port });
    expect(warnings).toEqual([expect.stringMatching(/allkeys-lru.*Set it to noeviction/)]);
  });

  it('passes over TLS with the right authority, or with verification switched off', async () => {
    for (const tls of [{ ca: certificate.pem }, { verify: false }]) {
      await expect(check({ ...pw, port: tlsPort, tls })).resolves.toMatchObject({});
    }
  });

  it('tells an authority that is not trusted', async () => {
    const { code, text } = await told({ ...pw, port: tlsPort, tls: {} });
    expect(code).toBe('tls');
    expect(text).toMatch(/not trusted here.*CA Certificate/);
  });

  it('tells TLS spoken to a port without it', async () => {
    const { code, text } = await told({ ...pw, port: redis.port, tls: {} });
    expect(code).toBe('unreachable');
    expect(text).toContain('A port that speaks no TLS stays silent, too');
  });

  it('tells a TLS port that is spoken to without it', async () => {
    const { code, text } = await told({ ...pw, port: tlsPort });
    expect(code).toBe('disconnected');
    expect(text).toContain('If this port speaks TLS, switch TLS on');
  });
});

describe('the check of a store that cannot work', () => {
  it('tells a replica, which takes no writes', async () => {
    const redis = await startRedis({ args: ['--replicaof', HOST, String(await freePort())] });
    try {
      const { text } = await told({ port: redis.port });
      expect(text).toMatch(/is a replica.*address of the primary/);
    } finally {
      await redis.stop();
    }
  });

  it('tells a server whose memory is full', async () => {
    const redis = await startRedis({ args: ['--maxmemory', '1'] });
    try {
      const { text } = await told({ port: redis.port });
      expect(text).toMatch(/cannot work now: OOM/);
    } finally {
      await redis.stop();
    }
  });
});
