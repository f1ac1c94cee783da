import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { newAuthority } from '../../support/authority';
import { listenOnLoopback } from '../../support/loopback';
import { startSwift, type Swift } from '../../support/swift';
import { startTlsFront } from '../../support/tlsFront';
import { closeBuckets, during, faultOf, openBucket } from './openBuckets';

jest.setTimeout(60_000);

const JSON_ONE = { kind: 'json', value: 1 } as const;

describe('S3 that cannot be used as it was given', () => {
  let server: Swift;

  const open = (more: object = {}) => openBucket(server, more);
  const at = (port: number) => ({ endpoint: `http://127.0.0.1:${port}` });

  beforeAll(async () => {
    server = await startSwift();
  });

  afterAll(async () => {
    closeBuckets();
    await server?.stop();
  });

  it.each<[string, object, string, string]>([
    ['a wrong secret', { secretAccessKey: 'very secret' }, 'login_refused', 'Secret Access Key'],
    ['an unknown key', { accessKeyId: 'AKIANOBODY' }, 'login_refused', 'Access Key ID'],
    ['a bucket that is not there', { bucket: 'nowhere' }, 'not_found', 'Correct Bucket'],
    ['another region', { region: 'us-west-1' }, 'bad_option', 'Correct Region'],
    ['a port where nothing listens', at(1), 'unreachable', 'S3 Endpoint'],
    ['a name of nobody', { endpoint: 'http://s3.invalid' }, 'unreachable', 'S3 Endpoint'],
    ['TLS where there is none', { tls: 'verify' }, 'tls', 'http:// in S3 Endpoint'],
  ])('says what is wrong: %s', async (what, more, code, remedy) => {
    const endpoint = server.credential.endpoint.replace('http:', 'https:');
    const wrong = open(what.startsWith('TLS') ? { ...more, endpoint } : more);
    const claim = `claim:s3:${randomUUID()}`;
    // Each act says so, and takes nothing for a payload that is missing.
    const acts = [wrong.deposit(JSON_ONE), wrong.redeem(claim), wrong.remove(claim)];
    const faults = await Promise.all([...acts, wrong.keep(claim, 1000)].map(faultOf));
    for (const error of faults) {
      expect(error).toMatchObject({ code });
      expect(error?.remedy).toContain(remedy);
      expect(error?.remedy).toMatch(/\.$/);
      expect(`${error?.message} ${error?.remedy}`).not.toContain('very secret');
    }
  });

  it('names the region that is right', async () => {
    const error = await faultOf(open({ region: 'us-west-1' }).redeem(`claim:s3:${randomUUID()}`));
    expect(error?.message).toContain('it is in eu-central-1');
  });

  it('checks the certificate, unless the credential says not to', async () => {
    const authority = await newAuthority();
    const front = await during(startTlsFront(server.port, await authority.issue('s3')));
    const endpoint = `https://127.0.0.1:${front.port}`;
    const refused = await faultOf(open({ endpoint }).deposit(JSON_ONE));
    expect(refused).toMatchObject({ code: 'tls' });
    expect(refused?.remedy).toContain('NODE_EXTRA_CA_CERTS');
    const trusting = open({ endpoint, tls: 'trust_any' });
    const { claim } = await trusting.deposit(JSON_ONE);
    expect(await trusting.redeem(claim)).toMatchObject({ kind: 'redeemed' });
    await authority.remove();
  });

  it.each<[string, number, string, string]>([
    ['a page for everything', 200, '<html>', 'unsupported'],
    ['a page that is not found', 404, '<html>', 'unsupported'],
    ['a login page elsewhere', 302, '', 'unsupported'],
    ['a proxy without a server behind it', 502, '<html>', 'disconnected'],
    ['S3 that is overloaded', 503, '<Error><Code>SlowDown</Code></Error>', 'disconnected'],
    ['S3 without rights', 403, '<Error><Code>AccessDenied</Code></Error>', 'no_rights'],
  ])('does not take for a payload or its absence: %s', async (_what, status, text, code) => {
    const answering = listenOnLoopback(async (request, response) => {
      request.resume();
      response.writeHead(status, { location: 'http://elsewhere/' }).end(text);
    });
    const other = await during(answering);
    const claim = `claim:s3:${randomUUID()}`;
    const wrong = open(at(other.port));
    const acts = [wrong.deposit(JSON_ONE), wrong.redeem(claim), wrong.remove(claim)];
    for (const fault of await Promise.all(acts.map(faultOf))) {
      expect(fault).toMatchObject({ code });
    }
  });

  it('says what is wrong: a port that does not speak HTTP', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined).end('220 mail.example ESMTP\r\n');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    await during(Promise.resolve({ stop: () => other.close() }));
    const { port } = other.address() as AddressInfo;
    const fault = await faultOf(open(at(port)).redeem(`claim:s3:${randomUUID()}`));
    expect(fault).toMatchObject({ code: 'unsupported' });
    expect(fault?.message).toContain('it does not speak HTTP');
  });
});
