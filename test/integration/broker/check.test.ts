import { randomUUID } from 'node:crypto';

import { checkBroker } from '../../../src/broker/check';
import { brokerSchema, type BrokerSettings } from '../../../src/contract/settings';
import { selfSignedCertificate, type Certificate } from '../../support/certificates';
import { freePort } from '../../support/freePort';
import { integrationCtl, integrationServers } from '../../support/integrationServers';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis } from '../../support/redis';

jest.setTimeout(120_000);

const HOST = '127.0.0.1';
const CONNECT_TIMEOUT_MS = 1000;

type Given = Partial<Record<keyof BrokerSettings, unknown>>;

const at = (...ports: number[]) => ({ hosts: ports.map((port) => ({ host: HOST, port })) });

const check = (given: Given) =>
  checkBroker(brokerSchema.parse({ connectTimeoutMs: CONNECT_TIMEOUT_MS, ...given }));

/** What a person is told: the error's code, and cause and remedy as they are shown. */
async function told(given: Given): Promise<{ code: string; text: string }> {
  const error: unknown = await check(given).then(
    () => new Error('was let in'),
    (cause: unknown) => cause,
  );
  const { code, message, remedy } = error as { code: string; message: string; remedy: string };
  return { code, text: `${message} ${remedy}` };
}

describe('the check of a broker', () => {
  let shared: { hosts: { host: string; port: number }[] };
  let dead: number;

  beforeAll(async () => {
    shared = at(integrationServers().broker.port);
    dead = await freePort();
  });

  it('lets right settings pass and says whom they lead to', async () => {
    const identity = await check(shared);
    expect(identity.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(identity.cluster).not.toBe('');
  });

  it('takes a virtual host whose name has slashes, percent signs and blanks in it', async () => {
    const vhost = `a/b%2F c ${randomUUID()}`;
    await integrationCtl('add_vhost', vhost);
    await integrationCtl('set_permissions', '-p', vhost, 'guest', '.*', '.*', '.*');
    await expect(check({ ...shared, vhost })).resolves.toMatchObject({});
    await integrationCtl('delete_vhost', vhost);
  });

  it('tells a wrong password and an unknown user', async () => {
    const guest = await told({ ...shared, password: 'wrong' });
    expect(guest.code).toBe('login_refused');
    expect(guest.text).toMatch(/refused the login of user "guest".*Check Username and Password/);
    const other = await told({ ...shared, username: 'nobody-here' });
    expect(other.code).toBe('login_refused');
    expect(other.text).not.toContain('same machine');
  });

  it('tells a virtual host that does not exist', async () => {
    const { code, text } = await told({ ...shared, vhost: 'not-there' });
    expect(code).toBe('vhost_missing');
    expect(text).toMatch(/no such virtual host.*rabbitmqctl add_vhost "not-there"/);
  });

  it('tells a virtual host in which the user has no rights', async () => {
    const user = `user-${randomUUID()}`;
    await integrationCtl('add_user', user, 'pw');
    const { code, text } = await told({ ...shared, username: user, password: 'pw' });
    expect(code).toBe('vhost_missing');
    expect(text).toContain(`rabbitmqctl set_permissions -p "/" "${user}" ".*" ".*" ".*"`);
    await integrationCtl('delete_user', user);
  });

  it('tells a port on which nothing listens, and what localhost means in a container', async () => {
    const { code, text } = await told(at(dead));
    expect(code).toBe('unreachable');
    expect(text).toMatch(/No RabbitMQ answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
    expect(text).toContain('Inside a container, localhost is the container itself');
  });

  it('tells a host name that cannot be resolved', async () => {
    const { code, text } = await told({ hosts: [{ host: 'no-such-host.invalid', port: 5672 }] });
    expect(code).toBe('unreachable');
    expect(text).toMatch(/no-such-host\.invalid:5672.*the name must be known where n8n runs/);
  });

  it('tells a server that never speaks AMQP', async () => {
    const redis = await startRedis();
    try {
      const { code, text } = await told(at(redis.port));
      expect(code).toBe('unreachable');
      expect(text).toContain('ETIMEDOUT');
    } finally {
      await redis.stop();
    }
  });

  it('lets several hosts pass when one of them lets us in', async () => {
    const hosts = [...at(dead).hosts, ...shared.hosts];
    await expect(check({ hosts })).resolves.toMatchObject({});
  });

  it.each([
    ['before', (live: object, gone: object) => [gone, live]],
    ['behind', (live: object, gone: object) => [live, gone]],
  ])('tells a refused login also with a dead host %s it', async (_place, order) => {
    const hosts = order(shared.hosts[0] as object, at(dead).hosts[0] as object);
    const { code } = await told({ hosts, password: 'wrong' });
    expect(code).toBe('login_refused');
  });
});

describe('the check of a broker over TLS', () => {
  let certificate: Certificate;
  let rabbit: RabbitMq;
  let tlsPort: number;

  beforeAll(async () => {
    certificate = await selfSignedCertificate();
    tlsPort = await freePort();
    rabbit = await startRabbitMq({
      config: [
        `listeners.ssl.1 = ${HOST}:${tlsPort}`,
        `ssl_options.cacertfile = ${certificate.certPath}`,
        `ssl_options.certfile = ${certificate.certPath}`,
        `ssl_options.keyfile = ${certificate.keyPath}`,
        'ssl_options.verify = verify_none',
        'ssl_options.fail_if_no_peer_cert = false',
      ].join('\n'),
    });
  });

  afterAll(async () => {
    await rabbit?.stop();
    await certificate?.remove();
  });

  it('passes with the right authority, or with verification switched off', async () => {
    const ca = certificate.pem;
    await expect(check({ ...at(tlsPort), tls: { ca } })).resolves.toMatchObject({});
    await expect(check({ ...at(tlsPort), tls: { verify: false } })).resolves.toMatchObject({});
  });

  it('tells an authority that is not trusted', async () => {
    const { code, text } = await told({ ...at(tlsPort), tls: {} });
    expect(code).toBe('tls');
    expect(text).toMatch(/not trusted here.*CA Certificate/);
  });

  it('tells a certificate of another name', async () => {
    const tls = { ca: certificate.pem, serverName: 'other.example' };
    const { code, text } = await told({ ...at(tlsPort), tls });
    expect(code).toBe('tls');
    expect(text).toMatch(/made out to another name.*Server Name/);
  });

  it('tells a client key that is none', async () => {
    const tls = { ca: certificate.pem, cert: 'no PEM', key: 'no PEM' };
    const { code, text } = await told({ ...at(tlsPort), tls });
    expect(code).toBe('tls');
    expect(text).toContain('Client Key');
  });

  it('tells TLS spoken to a port without it', async () => {
    const { code, text } = await told({ ...at(rabbit.port), tls: {} });
    expect(code).toBe('tls');
    expect(text).toMatch(/speaks no TLS.*or switch TLS off/);
  });

  it('tells a TLS port that is spoken to without it', async () => {
    const { code, text } = await told(at(tlsPort));
    expect(code).toBe('disconnected');
    expect(text).toContain('If this port speaks TLS, switch TLS on');
  });
});
