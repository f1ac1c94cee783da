import { newAuthority } from '../../support/authority';
import { freePort } from '../../support/freePort';
import { startOwning } from '../../support/owned';
import { connectPlainStore } from '../../support/plainStore';
import { startRabbitMq } from '../../support/rabbitMq';
import { startRedis } from '../../support/redis';
import { startTlsFront } from '../../support/tlsFront';
import { pressStore, type Form } from './pressing';

jest.setTimeout(120_000);

const HOST = '127.0.0.1';

/** A Redis that asks clients of its TLS port for certificates, and fronts with other certificates before its plain port. */
const newWorld = () =>
  startOwning(async ({ own, onStop, stop }) => {
    const [ca, stranger] = [await newAuthority(), await newAuthority('stranger')];
    onStop(() => Promise.all([ca.remove(), stranger.remove()]));
    const server = await ca.issue('server');
    const ran = await ca.issue('ran-out', undefined, -1);
    const tlsPort = await freePort();
    const redis = await own(
      startRedis({
        args: [
          ['--tls-port', String(tlsPort), '--tls-ca-cert-file', ca.certPath],
          ['--tls-cert-file', server.certPath, '--tls-key-file', server.keyPath],
        ].flat(),
      }),
    );
    const plain = await connectPlainStore(redis.url, 'swarm');
    onStop(() => plain.close());
    const rabbit = await own(startRabbitMq());
    const ranOut = await own(startTlsFront(redis.port, ran));
    const named = await ca.issue('named', 'DNS:redis.example');
    const otherName = await own(startTlsFront(redis.port, named));
    const client = await ca.issue('client');
    const foreign = await stranger.issue('client');
    const mine = { port: tlsPort, tls: true, ca: ca.cert, cert: client.cert, key: client.key };
    return { stranger, server, ran, redis, plain, rabbit, ranOut, otherName, mine, foreign, stop };
  });

type OwnWorld = Awaited<ReturnType<typeof newWorld>>;

let world: OwnWorld;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world?.stop());

const press = (data: Form) => pressStore({ host: HOST, ...data });

/** An ACL user with these rights, as the form has it. */
async function user(...rules: string[]): Promise<Form> {
  const username = `user${(users += 1)}`;
  await world.plain.redis.call('ACL', 'SETUSER', username, 'on', '>pw', ...rules);
  return { port: world.redis.port, username, password: 'pw' };
}
let users = 0;

/** A form, out of the world that the tests run in. */
type Filled = (world: OwnWorld) => Form;

describe('the test button of "Agent Swarm Redis" lets pass', () => {
  it.each<[string, Filled]>([
    ['no password', ({ redis: { port } }) => ({ port })],
    ['another prefix', ({ redis: { port } }) => ({ port, prefix: 'mine' })],
    ['a client certificate', ({ mine }) => mine],
    [
      'the name of a certificate that is not the address',
      ({ mine, otherName: { port } }) => ({ ...mine, port, serverName: 'redis.example' }),
    ],
  ])('%s, and leaves nothing behind', async (_what, form) => {
    const { status, message } = await press(form(world));
    expect(message).toMatch(/^(Redis|Valkey) \S+ \(standalone\) let us in and write\.$/);
    expect(status).toBe('OK');
    expect(await world.plain.redis.dbsize()).toBe(0);
  });
});

describe('the test button of "Agent Swarm Redis" tells cause and remedy of', () => {
  it.each<[string, Filled, RegExp]>([
    [
      'the port of another kind of server',
      ({ rabbit: { port } }) => ({ port }),
      /^What answers is not Redis.*Check Host and its port: Redis has 6379/,
    ],
    [
      'TLS where there is none',
      ({ mine, redis: { port } }) => ({ ...mine, port }),
      /ETIMEDOUT.*A port that speaks no TLS stays silent/,
    ],
    [
      'TLS to another kind of server',
      ({ mine, rabbit: { port } }) => ({ ...mine, port }),
      /speaks no TLS.*switch TLS off/,
    ],
    [
      'no TLS where there is one',
      ({ mine: { port } }) => ({ port }),
      /dropped the connection.*switch TLS on/,
    ],
    [
      // Redis hangs up at once: its reason gets through, or it does not.
      'no client certificate',
      ({ mine }) => ({ ...mine, cert: '', key: '' }),
      /fill in Client Certificate and Client Key|wants a Client Certificate/,
    ],
    [
      'a client certificate of a stranger',
      ({ mine, foreign: { cert, key } }) => ({ ...mine, cert, key }),
      /does not trust the authority|wants a Client Certificate, or another one/,
    ],
    [
      'a client certificate that ran out',
      ({ mine, ran: { cert, key } }) => ({ ...mine, cert, key }),
      /the client certificate has run out|wants a Client Certificate, or another one/,
    ],
    [
      'a key of another certificate',
      ({ mine, server: { key } }) => ({ ...mine, key }),
      /cannot be used.*that belong together/,
    ],
    [
      'a client certificate without its key',
      ({ mine }) => ({ ...mine, key: '' }),
      /^Client Key: is empty, and Client Certificate is not\./,
    ],
    [
      'an authority that did not sign',
      ({ mine, stranger: { cert: ca } }) => ({ ...mine, ca }),
      /authority that is not trusted here.*CA Certificate/,
    ],
    [
      'a certificate that ran out',
      ({ mine, ranOut: { port } }) => ({ ...mine, port }),
      /certificate is not valid today.*Renew/,
    ],
    [
      'a certificate of another name, and which',
      ({ mine, otherName: { port } }) => ({ ...mine, host: 'localhost', port }),
      /another name \(DNS:redis\.example\).*into Server Name/,
    ],
    [
      'a prefix that is too long',
      ({ redis: { port } }) => ({ port, prefix: 'x'.repeat(101) }),
      /^Key Prefix: /,
    ],
  ])('%s', async (_what, form, told) => {
    expect(await press(form(world))).toEqual({
      status: 'Error',
      message: expect.stringMatching(told),
    });
  });

  it('a user that is switched off', async () => {
    const off = await user('~*', '&*', '+@all', 'off');
    expect((await press(off)).message).toMatch(/refused the password of user "user\d+"/);
  });

  it.each([
    ['eval', /run the 'eval' command/],
    ['evalsha', /run the 'evalsha' command/],
    ['subscribe', /run the 'subscribe' command/],
    ['multi', /run the 'multi' command/],
    ['publish', /may not run PUBLISH/],
    ['time', /may not run TIME/],
    ['hgetall', /may not run HGETALL/],
    ['zadd', /may not run ZADD/],
    ['sadd', /may not run SADD/],
  ])('a user who may not %s, and names rights that suffice', async (command, told) => {
    const poor = await user('~*', '&*', '+@all', `-${command}`);
    const { status, message } = await press(poor);
    expect(status).toBe('Error');
    expect(message).toMatch(told);
    const [, line = ''] = /ACL SETUSER (.*)\.$/.exec(message) ?? [];
    await world.plain.redis.call('ACL', 'SETUSER', ...line.split(' '));
    expect(await press(poor)).toMatchObject({ status: 'OK' });
  });

  it('every right that is missing, at once', async () => {
    const { message } = await press(await user('~*', '&*', '+@all', '-zrank', '-hset', '-unlink'));
    expect(message).toMatch(/may not run HSET, UNLINK, ZRANK\. Allow it/);
  });

  it.each([
    ['keys under the prefix', ['~other:*', '&*']],
    ['writing keys under the prefix', ['%R~swarm:*', '&*']],
    ['channels under the prefix', ['~swarm:*', 'resetchannels']],
  ])('a user without %s', async (_what, rules) => {
    const { status, message } = await press(await user('+@all', ...rules));
    expect(status).toBe('Error');
    expect(message).toMatch(/lacks a right.*~swarm:\* resetchannels &swarm:\*/);
  });
});
