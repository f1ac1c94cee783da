import type { ICredentialDataDecryptedObject, INodeProperties } from 'n8n-workflow';

import { AgentSwarmRabbitMqApi } from '../../../../credentials/AgentSwarmRabbitMqApi.credentials';
import { AgentSwarmRedisApi } from '../../../../credentials/AgentSwarmRedisApi.credentials';
import { readBrokerCredential } from '../../../../nodes/shared/brokerCredential';
import { readStoreCredential } from '../../../../nodes/shared/storeCredential';
import { brokerSchema, storeSchema } from '../../../../src/index';

const filled = (properties: readonly INodeProperties[]): ICredentialDataDecryptedObject =>
  Object.fromEntries(properties.map(({ name, default: value }) => [name, value as string]));

/** The InputError that reading throws. */
function problem(read: () => unknown): { field: string; text: string } {
  try {
    read();
  } catch (error) {
    const { field, message, remedy } = error as { field: string; message: string; remedy: string };
    return { field, text: `${message} ${remedy}` };
  }
  throw new Error('nothing was wrong');
}

const badHosts = (hosts: string) => problem(() => readBrokerCredential({ hosts }));

describe('the credential of the broker', () => {
  const hosts = (text: string, tls = false) => readBrokerCredential({ hosts: text, tls }).hosts;

  it('means the defaults of the engine when nothing was changed in the form', () => {
    const form = { ...filled(new AgentSwarmRabbitMqApi().properties), password: 'guest' };
    const engine = brokerSchema.parse({ hosts: [{ host: 'localhost', port: 5672 }] });
    expect(readBrokerCredential(form)).toEqual(engine);
    expect(readBrokerCredential({ hosts: 'localhost' })).toEqual(engine);
  });

  it('takes one host or several, with or without port, IPv6 in brackets', () => {
    expect(hosts('a, b:5673 ,[::1]:5674,[fe80::1],')).toEqual([
      { host: 'a', port: 5672 },
      { host: 'b', port: 5673 },
      { host: '::1', port: 5674 },
      { host: 'fe80::1', port: 5672 },
    ]);
  });

  it('uses the TLS port when TLS is on and no port is given', () => {
    expect(hosts('a, b:1', true)).toEqual([
      { host: 'a', port: 5671 },
      { host: 'b', port: 1 },
    ]);
  });

  it.each([
    ['', /names no host/],
    ['a:b', /cannot read "a:b".*host:port/],
    ['::1', /brackets/],
    ['a:99999', /Hosts/],
  ])('says what is wrong with the hosts "%s", naming the field of the form', (text, told) => {
    const { field, text: shown } = badHosts(text);
    expect(field).toBe('Hosts');
    expect(shown).toMatch(told);
    expect(shown).not.toMatch(/hosts\.\d/);
  });

  it('never repeats a URL, which may hold a password', () => {
    expect(badHosts('amqp://me:hush@rabbit:5672').text).not.toContain('hush');
  });

  it('takes numbers and switches that came as text, and blanks as the default', () => {
    const read = readBrokerCredential({
      hosts: 'a',
      heartbeatSeconds: '5',
      connectTimeoutSeconds: '2',
      vhost: ' ',
      tls: 'false',
    });
    expect(read).toMatchObject({ heartbeatSeconds: 5, connectTimeoutMs: 2000, vhost: '/' });
    expect(read.tls).toBeUndefined();
  });

  it('names fields by their labels when a value is out of range', () => {
    const broken = { hosts: 'a', heartbeatSeconds: 'often' };
    expect(problem(() => readBrokerCredential(broken)).field).toBe('Heartbeat');
    const late = { hosts: 'a', connectTimeoutSeconds: 1000 };
    const { field, text } = problem(() => readBrokerCredential(late));
    expect(field).toBe('Connect Timeout');
    expect(text).not.toContain('connectTimeoutMs');
  });

  it.each([
    ['http://rabbit-1:15672', 'http://rabbit-1:15672'],
    [' http://rabbit-1:15672/#/queues ', 'http://rabbit-1:15672'],
    ['https://rabbit.example/api/', 'https://rabbit.example'],
    ['https://example.com/rabbit/?x=1', 'https://example.com/rabbit'],
    ['http://[::1]:15672', 'http://[::1]:15672'],
    ['', ''],
  ])('takes the management page of a browser: "%s"', (managementUrl, read) => {
    expect(readBrokerCredential({ hosts: 'a', managementUrl }).managementUrl).toBe(read);
  });

  it.each(['rabbit-1:15672', 'ftp://me:hush@a', 'http://me:hush@a', 'http://hush@a', 'a b'])(
    'refuses the Management URL "%s", and does not repeat it',
    (managementUrl) => {
      const { field, text } = problem(() => readBrokerCredential({ hosts: 'a', managementUrl }));
      expect(field).toBe('Management URL');
      expect(text).not.toContain('hush');
    },
  );

  it('keeps blanks in a password', () => {
    expect(readBrokerCredential({ hosts: 'a', password: ' x ' }).password).toBe(' x ');
  });
});

describe('PEM in a credential', () => {
  const body = 'QUJD'.repeat(30);
  const tls = (fields: object) => readBrokerCredential({ hosts: 'a', tls: true, ...fields }).tls;

  it('gets back the line breaks that a one-line field or a variable took away', () => {
    const whole = `-----BEGIN CERTIFICATE-----\n${body.slice(0, 64)}\n${body.slice(64)}\n-----END CERTIFICATE-----\n`;
    for (const given of [whole, whole.replaceAll('\n', ' '), whole.replaceAll('\n', '\\n')]) {
      expect(tls({ ca: given })?.ca).toBe(whole);
    }
    expect(tls({ ca: whole + whole })?.ca).toBe(whole + whole);
  });

  it('leaves a key with headers as it is', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${body}\n-----END RSA PRIVATE KEY-----\n`;
    const cert = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
    expect(tls({ cert, key })?.key).toBe(key);
  });

  it.each([
    ['Client Key', 'cert', 'CERTIFICATE'],
    ['Client Certificate', 'key', 'PRIVATE KEY'],
  ])('%s is asked for when it is missing beside the other', (missing, given, kind) => {
    const pem = `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
    expect(problem(() => tls({ [given]: pem })).field).toBe(missing);
  });

  it('is asked for when something else was pasted', () => {
    const { field, text } = problem(() => tls({ ca: '/etc/ssl/ca.pem' }));
    expect(field).toBe('CA Certificate');
    expect(text).toContain('-----BEGIN');
  });
});

describe('the credential of the store', () => {
  const form = filled(new AgentSwarmRedisApi().properties);

  it('means the defaults of the engine when nothing was changed in the form', () => {
    const engine = storeSchema.parse({ kind: 'standalone' });
    expect(readStoreCredential(form)).toEqual(engine);
    expect(readStoreCredential({})).toEqual(engine);
    const sentinels = [{ host: 'localhost', port: 26_379 }];
    const watched = storeSchema.parse({ kind: 'sentinel', sentinels });
    expect(readStoreCredential({ ...form, type: 'sentinel' })).toEqual(watched);
    const nodes = [{ host: 'localhost', port: 6379 }];
    const spread = storeSchema.parse({ kind: 'cluster', nodes });
    expect(readStoreCredential({ ...form, type: 'cluster' })).toEqual(spread);
  });

  it('offers the kinds of connection that the engine knows', () => {
    const type = new AgentSwarmRedisApi().properties.find(({ name }) => name === 'type');
    const offered = type?.options?.map((option) => 'value' in option && option.value);
    expect(offered).toEqual(storeSchema.options.map(({ shape }) => shape.kind.value));
  });

  it('takes several Sentinels, their login, and the database', () => {
    const read = readStoreCredential({
      type: 'sentinel',
      sentinels: 'a, b:5000,[::1]',
      masterName: ' main ',
      sentinelUsername: 'guard',
      sentinelPassword: ' x ',
      username: 'me',
      password: 'y',
      database: '3',
    });
    expect(read).toMatchObject({
      kind: 'sentinel',
      sentinels: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 5000 },
        { host: '::1', port: 26_379 },
      ],
      name: 'main',
      sentinelUsername: 'guard',
      sentinelPassword: ' x ',
      username: 'me',
      password: 'y',
      database: 3,
    });
  });

  it('takes the nodes of a Cluster, and no database even if one was filled in before', () => {
    const read = readStoreCredential({ type: 'cluster', nodes: 'a,b:7000', database: 3, port: 0 });
    expect(read).toMatchObject({ nodes: [{ port: 6379 }, { host: 'b', port: 7000 }] });
    expect(read).not.toHaveProperty('database');
  });

  it.each([
    [{ port: 70_000 }, 'Port'],
    [{ type: 'many' }, 'Connection'],
    [{ type: 'sentinel' }, 'Sentinels'],
    [{ type: 'sentinel', sentinels: 'a:b' }, 'Sentinels'],
    [{ type: 'sentinel', sentinels: 'a:99999' }, 'Sentinels'],
    [{ type: 'sentinel', sentinels: 'a', database: -1 }, 'Database'],
    [{ type: 'cluster', nodes: ' , ' }, 'Nodes'],
    [{ type: 'cluster', nodes: 'redis://:hush@a' }, 'Nodes'],
    [{ tls: true, key: 'x' }, 'Client Key'],
  ])('names the field by its label: %j is wrong in "%s"', (data, label) => {
    const { field, text } = problem(() => readStoreCredential(data));
    expect(field).toBe(label);
    expect(text).not.toContain('hush');
  });

  it('carries TLS only when it is switched on', () => {
    const fields = { verify: false, serverName: 'redis', passphrase: ' p ' };
    expect(readStoreCredential({ tls: true, ...fields }).tls).toMatchObject(fields);
    expect(readStoreCredential({ tls: false, ...fields }).tls).toBeUndefined();
  });
});
