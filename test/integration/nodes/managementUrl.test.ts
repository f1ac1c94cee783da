import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { newAuthority } from '../../support/authority';
import { freePort } from '../../support/freePort';
import { startOwning, type Owned } from '../../support/owned';
import { startRabbitMq } from '../../support/rabbitMq';
import { startRedis } from '../../support/redis';
import { startTlsFront } from '../../support/tlsFront';
import { at, pressBroker, type Form } from './pressing';

jest.setTimeout(120_000);

const HOST = '127.0.0.1';
/** Of a broker that let us in. */
const LET_IN = String.raw`^RabbitMQ \S+ \(cluster .+\) let us in`;

/** A broker with its management API, plain and behind TLS, and a server of HTTP that answers what its path says. */
const newWorld = () =>
  startOwning(async ({ own, onStop, stop }: Owned) => {
    const ca = await newAuthority();
    onStop(() => ca.remove());
    const rabbit = await own(startRabbitMq({ management: true }));
    const plainUrl = rabbit.managementUrl ?? '';
    const behind = Number(new URL(plainUrl).port);
    const secure = await own(startTlsFront(behind, await ca.issue('server')));
    const ranOut = await own(startTlsFront(behind, await ca.issue('old', undefined, -1)));
    const amqps = await own(startTlsFront(rabbit.port, await ca.issue('amqps')));
    const redis = await own(startRedis());
    const strange = await startStrange();
    onStop(async () => {
      strange.close();
      await once(strange, 'close');
    });
    const strangeUrl = `http://${HOST}:${(strange.address() as AddressInfo).port}`;
    return {
      ca,
      rabbit,
      plainUrl,
      secure,
      ranOut,
      amqps,
      redis,
      strangeUrl,
      dead: await freePort(),
      stop,
    };
  });

/** What may stand where a person believes the management API to be. */
const STRANGE: Record<string, [status: number, body: string, headers?: Record<string, string>]> = {
  html: [200, '<!doctype html>'],
  other: [200, '{"rabbitmq_version": "4.0.5", "cluster_name": "somewhere"}'],
  moved: [302, '', { location: '/elsewhere/api/overview?token=hush' }],
  proxy: [401, 'Who are you?'],
  guest: [401, '{"error":"not_authorised","reason":"User can only log in via localhost"}'],
  down: [503, 'No server is available'],
};

async function startStrange(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, what = ''] = (request.url ?? '').split('/');
    const [status, body, headers] = STRANGE[what] ?? [404, ''];
    response.writeHead(status, { connection: 'close', ...headers }).end(body);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return server;
}

type OwnWorld = Awaited<ReturnType<typeof newWorld>>;

let world: OwnWorld;
beforeAll(async () => {
  world = await newWorld();
  for (const user of ['untagged', 'tagged']) {
    await world.rabbit.ctl('add_user', user, 'pw');
    await world.rabbit.ctl('set_permissions', '-p', '/', user, '', '.*', '.*');
  }
  await world.rabbit.ctl('set_user_tags', 'tagged', 'management');
});
afterAll(() => world?.stop());

const press = (managementUrl: string, more: Form = {}) =>
  pressBroker({ hosts: at(world.rabbit.port), managementUrl, ...more });

/** The broker over TLS, so that the fields of TLS are shown. */
const overTls = (): Form => ({ hosts: at(world.amqps.port), tls: true, ca: world.ca.cert });

describe('the test button of "Agent Swarm RabbitMQ" with a Management URL', () => {
  it.each<[string, (world: OwnWorld) => [string, Form?]]>([
    ['of the API', ({ plainUrl }) => [plainUrl]],
    ['of a page in a browser', ({ plainUrl }) => [`${plainUrl}/#/queues/%2F/work`]],
    ['of the API itself', ({ plainUrl }) => [`${plainUrl}/api/`]],
    ['over TLS', ({ secure }) => [`https://localhost:${secure.port}`, overTls()]],
    [
      'for a user with the tag',
      ({ plainUrl }) => [plainUrl, { username: 'tagged', password: 'pw' }],
    ],
  ])('says that it works: %s', async (_what, form) => {
    const message = expect.stringMatching(`${LET_IN}, and its management API lists queues\\.$`);
    expect(await press(...form(world))).toEqual({ status: 'OK', message });
  });

  it.each<[string, (world: OwnWorld) => [string, Form?], RegExp]>([
    [
      'nobody answers',
      ({ dead }) => [`http://${HOST}:${dead}`],
      /ECONNREFUSED.*Check Management URL/,
    ],
    [
      'the name is unknown',
      () => ['http://no-such-host.invalid:15672'],
      /cannot be resolved.*Check Management URL/,
    ],
    [
      'the user has no tag',
      ({ plainUrl }) => [plainUrl, { username: 'untagged', password: 'pw' }],
      /has no tag that lets it in.*rabbitmqctl set_user_tags "untagged" management/,
    ],
    [
      'AMQP answers',
      ({ rabbit }) => [`http://${HOST}:${rabbit.port}`],
      /is not RabbitMQ's management API.*15672.*rabbitmq-plugins enable/,
    ],
    [
      'Redis answers',
      ({ redis }) => [`http://${HOST}:${redis.port}`],
      /is not RabbitMQ's management API/,
    ],
    [
      'another page answers',
      ({ strangeUrl }) => [`${strangeUrl}/html`],
      /is not RabbitMQ's management API/,
    ],
    [
      'there is no such path',
      ({ plainUrl }) => [`${plainUrl}/nowhere`],
      /is not RabbitMQ's management API/,
    ],
    [
      'another cluster answers',
      ({ strangeUrl }) => [`${strangeUrl}/other`],
      /another cluster: "somewhere", and the broker to .*Give the Management URL of the node in Hosts/,
    ],
    [
      'it sends elsewhere',
      ({ strangeUrl }) => [`${strangeUrl}/moved`],
      /sends elsewhere, to http:\/\/127\.0\.0\.1:\d+\/elsewhere\/api\/overview\./,
    ],
    [
      'a proxy wants another login',
      ({ strangeUrl }) => [`${strangeUrl}/proxy`],
      /refused user "guest".*Check Username and Password/,
    ],
    [
      'guest comes from afar',
      ({ strangeUrl }) => [`${strangeUrl}/guest`],
      /from the same machine only.*another user than "guest"/,
    ],
    [
      'a proxy reaches nobody',
      ({ strangeUrl }) => [`${strangeUrl}/down`],
      /cannot answer now \(HTTP 503\)/,
    ],
    [
      'it speaks no TLS',
      ({ plainUrl }) => [plainUrl.replace('http:', 'https:')],
      /speaks no TLS.*write http:\/\//,
    ],
    ['it speaks TLS', ({ secure }) => [`http://localhost:${secure.port}`], /write https:\/\//],
    [
      'its certificate ran out',
      ({ ranOut }) => [`https://localhost:${ranOut.port}`, overTls()],
      /not valid today/,
    ],
    [
      'its authority is unknown and the broker has no TLS',
      ({ secure }) => [`https://localhost:${secure.port}`],
      /not trusted here\. The fields of TLS .* once TLS is switched on/,
    ],
  ])('says that the broker is fine and the URL is not: %s', async (_what, form, told) => {
    const { status, message } = await press(...form(world));
    expect(message).toMatch(
      new RegExp(`${LET_IN}, so tasks can run; but the Management URL fails\\.`),
    );
    expect(message).toMatch(told);
    expect(message).not.toContain('hush');
    expect(status).toBe('Error');
  });

  it.each([
    ['rabbit-1:15672', /^Management URL: is no address that begins with http/],
    ['ftp://rabbit-1', /^Management URL: is no address that begins with http/],
    ['http://me:hush@rabbit-1:15672', /^Management URL: holds a user or password/],
  ])('says what is wrong with "%s"', async (url, told) => {
    const { status, message } = await press(url);
    expect(status).toBe('Error');
    expect(message).toMatch(told);
    expect(message).not.toContain('hush');
  });

  it('lists over TLS whose certificate nobody checks, when that is switched off', async () => {
    const unchecked = { ...overTls(), ca: '', verify: false };
    const url = `https://localhost:${world.secure.port}`;
    expect(await press(url, unchecked)).toMatchObject({ status: 'OK' });
  });
});
