import { newAuthority, type Authority, type Issued } from '../../support/authority';
import { freePort } from '../../support/freePort';
import { startOwning, type Owned } from '../../support/owned';
import { startRabbitMq, type RabbitMq } from '../../support/rabbitMq';
import { startRedis, type RedisServer } from '../../support/redis';
import { startTlsFront } from '../../support/tlsFront';
import { at, pressBroker as press, type Form } from './pressing';

jest.setTimeout(120_000);

const HOST = '127.0.0.1';

/** A broker that asks its clients for certificates, and fronts with other certificates before its plain port. */
const newWorld = () =>
  startOwning(async ({ own, onStop, stop }: Owned) => {
    const [ca, stranger] = [await newAuthority(), await newAuthority('stranger')];
    onStop(() => Promise.all([ca.remove(), stranger.remove()]));
    const server = await ca.issue('server');
    const ran: Issued = await ca.issue('ran-out', undefined, -1);
    const ports = { tls: await freePort(), dead: await freePort() };
    const rabbit = await own(startRabbitMq({ config: tlsListener(ports.tls, ca, server) }));
    const redis = await own(startRedis());
    const ranOut = await own(startTlsFront(rabbit.port, ran));
    const named = await ca.issue('named', 'DNS:rabbit.example');
    const otherName = await own(startTlsFront(rabbit.port, named));
    const client = await ca.issue('client');
    const foreign = await stranger.issue('client');
    const mine = { tls: true, ca: ca.cert, cert: client.cert, key: client.key };
    return {
      ca,
      stranger,
      server,
      ran,
      ports,
      rabbit,
      redis,
      ranOut,
      otherName,
      mine,
      foreign,
      stop,
    };
  });

const tlsListener = (port: number, ca: Authority, server: Issued) =>
  [
    `listeners.ssl.1 = ${HOST}:${port}`,
    `ssl_options.cacertfile = ${ca.certPath}`,
    `ssl_options.certfile = ${server.certPath}`,
    `ssl_options.keyfile = ${server.keyPath}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
  ].join('\n');

type OwnWorld = Awaited<ReturnType<typeof newWorld>>;

let world: OwnWorld;
let rabbit: RabbitMq;
let redis: RedisServer;
beforeAll(async () => {
  world = await newWorld();
  ({ rabbit, redis } = world);
  await rabbit.ctl('add_user', 'homeless', 'pw');
  await rabbit.ctl('add_vhost', 'full');
  await rabbit.ctl('set_permissions', '-p', 'full', 'guest', '.*', '.*', '.*');
  await rabbit.ctl('set_vhost_limits', '-p', 'full', '{"max-connections": 0}');
});
afterAll(() => world?.stop());

/** A form, out of the world that the tests run in. */
type Filled = (world: OwnWorld) => Form;

describe('the test button of "Agent Swarm RabbitMQ" lets pass', () => {
  it.each<[string, Filled]>([
    ['one host', () => ({ hosts: at(rabbit.port) })],
    ['a dead host before it', ({ ports }) => ({ hosts: at(ports.dead, rabbit.port) })],
    ['no heartbeats', () => ({ hosts: at(rabbit.port), heartbeatSeconds: 0 })],
    ['a heartbeat each second', () => ({ hosts: at(rabbit.port), heartbeatSeconds: 1 })],
    ['a client certificate', ({ ports, mine }) => ({ hosts: at(ports.tls), ...mine })],
    [
      'the name of a certificate that is not the address',
      ({ otherName, mine }) => ({
        hosts: at(otherName.port),
        ...mine,
        serverName: 'rabbit.example',
      }),
    ],
  ])('%s', async (_what, form) => {
    expect(await press(form(world))).toEqual({
      status: 'OK',
      message: expect.stringMatching(/^RabbitMQ \d+\.\d+\.\d+ \(cluster .+\) let us in\.$/),
    });
  });
});

describe('the test button of "Agent Swarm RabbitMQ" tells cause and remedy of', () => {
  it.each<[string, Filled, RegExp]>([
    [
      'the port of another kind of server',
      () => ({ hosts: at(redis.port) }),
      /ETIMEDOUT.*another kind of server.*RabbitMQ takes AMQP on 5672, or on 5671 with TLS/,
    ],
    [
      'a virtual host that is full',
      () => ({ hosts: at(rabbit.port), vhost: 'full' }),
      /does not let it into the virtual host "full".*takes no more connections.*Correct Virtual Host/,
    ],
    [
      'a user without rights',
      () => ({ hosts: at(rabbit.port), username: 'homeless', password: 'pw' }),
      /the user has no rights in it.*rabbitmqctl set_permissions -p "\/" "homeless"/,
    ],
    [
      'a heartbeat that cannot be',
      () => ({ hosts: at(rabbit.port), heartbeatSeconds: -1 }),
      /^Heartbeat: .*inside its range/,
    ],
    [
      'TLS where there is none',
      ({ mine }) => ({ hosts: at(rabbit.port), ...mine }),
      /speaks no TLS.*switch TLS off/,
    ],
    [
      'TLS to another kind of server',
      ({ mine }) => ({ hosts: at(redis.port), ...mine }),
      /A port that speaks no TLS stays silent.*5671 with TLS/,
    ],
    [
      'no TLS where there is one',
      ({ ports }) => ({ hosts: at(ports.tls) }),
      / the connection.*If this port speaks TLS, switch TLS on/,
    ],
    [
      'no client certificate',
      ({ ports, ca }) => ({ hosts: at(ports.tls), tls: true, ca: ca.cert }),
      /did not accept us.*fill in Client Certificate and Client Key/,
    ],
    [
      'a client certificate of a stranger',
      ({ ports, mine, foreign: { cert, key } }) => ({ hosts: at(ports.tls), ...mine, cert, key }),
      /does not trust the authority that signed the client certificate.*Give a Client Certificate/,
    ],
    [
      'a client certificate that ran out',
      ({ ports, mine, ran: { cert, key } }) => ({ hosts: at(ports.tls), ...mine, cert, key }),
      /the client certificate has run out.*Renew it/,
    ],
    [
      'a key of another certificate',
      ({ ports, mine, server: { key } }) => ({ hosts: at(ports.tls), ...mine, key }),
      /cannot be used.*that belong together/,
    ],
    [
      'a client certificate without its key',
      ({ ports, mine }) => ({ hosts: at(ports.tls), ...mine, key: '' }),
      /^Client Key: is empty, and Client Certificate is not\. Fill in Client Key/,
    ],
    [
      'a client key without its certificate',
      ({ ports, mine }) => ({ hosts: at(ports.tls), ...mine, cert: '' }),
      /^Client Certificate: is empty, and Client Key is not\./,
    ],
    [
      'an authority that did not sign',
      ({ ports, mine, stranger }) => ({ hosts: at(ports.tls), ...mine, ca: stranger.cert }),
      /authority that is not trusted here.*CA Certificate/,
    ],
    [
      'a certificate that ran out',
      ({ ranOut, mine }) => ({ hosts: at(ranOut.port), ...mine }),
      /certificate is not valid today.*Renew/,
    ],
    [
      'a certificate of another name, and which',
      ({ otherName, mine }) => ({ hosts: `localhost:${otherName.port}`, ...mine }),
      /another name \(DNS:rabbit\.example\).*write one of its names into Server Name/,
    ],
  ])('%s', async (_what, form, told) => {
    expect(await press(form(world))).toEqual({
      status: 'Error',
      message: expect.stringMatching(told),
    });
  });
});
