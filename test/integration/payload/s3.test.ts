import { randomUUID } from 'node:crypto';

import { tookNothing } from '../../../src/contract/errors';
import { claimId } from '../../../src/payload/claim';
import type { S3Payloads } from '../../../src/payload/s3';
import { startFaultProxy } from '../../support/faultProxy';
import { plainObject } from '../../support/plainObjects';
import { startSwift, type Swift } from '../../support/swift';
import { closeBuckets, during, faultOf, openBucket } from './openBuckets';
import { describesPayloadStore } from './storeContract';

jest.setTimeout(60_000);

const TTL = 'x-amz-meta-agent-swarm-ttl-ms';
const DAY_MS = 86_400_000;
const JSON_ONE = { kind: 'json', value: 1 } as const;

describe('payloads in S3', () => {
  let server: Swift;
  let payloads: S3Payloads;

  const open = (more: object = {}) => openBucket(server, more);
  const at = (port: number) => ({ endpoint: `http://127.0.0.1:${port}` });
  const keyOf = (claim: string) => `agent-swarm/${claimId(claim, 's3')}`;
  const look = (claim: string) => plainObject(server, 'GET', keyOf(claim));
  const runOut = async (claim: string) => {
    const { headers } = await look(claim);
    await plainObject(server, 'PUT', keyOf(claim), {
      'content-type': headers.get('content-type') as string,
      'x-amz-copy-source': `/${server.bucket}/${keyOf(claim)}`,
      'x-amz-metadata-directive': 'REPLACE',
      [TTL]: '0',
    });
  };

  beforeAll(async () => {
    server = await startSwift();
    payloads = open();
  });

  afterAll(async () => {
    closeBuckets();
    await server?.stop();
  });

  describesPayloadStore('s3:', () => ({
    payloads,
    async leftMs(claim) {
      const { headers } = await look(claim);
      const [from, now] = ['last-modified', 'date'].map((name) =>
        Date.parse(headers.get(name) ?? ''),
      ) as [number, number];
      // Swift rounds up when it was changed.
      return Math.min(Number(headers.get(TTL)), Number(headers.get(TTL)) - (now - from));
    },
    runOut,
    holds: async (claim) => (await look(claim)).status === 200,
  }));

  it('lets nobody have what has lived for its time, and takes it away then', async () => {
    const { claim } = await payloads.deposit(JSON_ONE, { ttlMs: 1000 });
    while ((await payloads.redeem(claim)).kind === 'redeemed');
    expect((await look(claim)).status).toBe(404);
  });

  it('keeps no connection for what has expired', async () => {
    const bytes = Buffer.alloc(300_000);
    for (let count = 0; count < 12; count += 1) {
      const { claim } = await payloads.deposit({ kind: 'bytes', bytes, contentType: 'image/png' });
      await runOut(claim);
      expect(await payloads.redeem(claim)).toEqual({ kind: 'missing', claim });
    }
  });

  it('judges the end by the clock of the server alone', async () => {
    const { claim } = await payloads.deposit(JSON_ONE, { ttlMs: 60_000 });
    jest.useFakeTimers({ doNotFake: everythingButDate, now: Date.now() + 10 * 60_000 });
    try {
      expect(await payloads.redeem(claim)).toMatchObject({ kind: 'redeemed' });
      jest.setSystemTime(Date.now() + 20 * 60_000);
      const skewed = await faultOf(payloads.redeem(claim));
      expect(skewed).toMatchObject({ code: 'unsupported' });
      expect(skewed?.remedy).toContain('Set the clock');
    } finally {
      jest.useRealTimers();
    }
  });

  it('keeps an empty payload for longer, too, and its type and content', async () => {
    const bytes = Buffer.alloc(0);
    const { claim } = await payloads.deposit({ kind: 'bytes', bytes, contentType: 'image/png' });
    await payloads.keep(claim, 30 * DAY_MS);
    expect((await look(claim)).headers.get(TTL)).toBe(String(30 * DAY_MS));
    expect(await payloads.redeem(claim)).toMatchObject({ bytes: 0, contentType: 'image/png' });
    expect(await payloads.remove(claim)).toBe(true);
  });

  it('keeps it for the longest of what many ask at different times', async () => {
    const { claim } = await payloads.deposit(JSON_ONE, { ttlMs: 60_000 });
    for (const days of [3, 9, 5, 8]) await open().keep(claim, days * DAY_MS);
    expect((await look(claim)).headers.get(TTL)).toBe(String(9 * DAY_MS));
  });

  it('leaves what others stored alone, and says so', async () => {
    const claim = `claim:s3:${randomUUID()}`;
    await plainObject(server, 'PUT', keyOf(claim), {}, 'of another program');
    const acts = [payloads.redeem(claim), payloads.remove(claim), payloads.keep(claim, 1)];
    for (const fault of await Promise.all(acts.map(faultOf))) {
      expect(fault).toMatchObject({ code: 'conflict' });
    }
    expect((await look(claim)).text).toBe('of another program');
  });

  it.each(['', 'a', 'a/b.c/', 'x_y-'])('keeps each under its prefix %j', async (prefix) => {
    const { claim } = await open({ prefix }).deposit(JSON_ONE);
    const found = await plainObject(server, 'GET', `${prefix}${claimId(claim, 's3')}`);
    expect(found).toMatchObject({ status: 200, text: '1' });
    await open({ prefix }).keep(claim, 30 * DAY_MS);
    expect(await open({ prefix }).remove(claim)).toBe(true);
  });

  it('refuses a content type that no header bears', async () => {
    for (const contentType of ['', 'a\r\nb: c', 'ä', ' text/plain']) {
      const bytes = Buffer.from('x');
      await expect(payloads.deposit({ kind: 'bytes', bytes, contentType })).rejects.toMatchObject({
        name: 'InputError',
        field: 'Content Type',
      });
    }
  });

  it('takes 256 MiB and no more', async () => {
    const bytes = Buffer.alloc(payloads.mostBytes + 1);
    await expect(
      payloads.deposit({ kind: 'bytes', bytes, contentType: 'text/plain' }),
    ).rejects.toMatchObject({ field: 'Payload', message: expect.stringContaining('268435456') });
  });

  it('is there again after the server was killed between deposit and redeem', async () => {
    const { claim } = await payloads.deposit({ kind: 'json', value: 'kept' });
    await server.killAndStart();
    expect(await payloads.redeem(claim)).toMatchObject({ payload: { value: 'kept' } });
  });

  it('bears that its connections are cut, also one under way', async () => {
    const proxy = await during(startFaultProxy({ port: server.port }));
    const through = open(at(proxy.port));
    const { claim } = await through.deposit({ kind: 'json', value: 'kept' });
    proxy.cut();
    expect(await through.redeem(claim)).toMatchObject({ payload: { value: 'kept' } });
    const bytes = Buffer.alloc(30_000_000, 'x');
    const sending = through.deposit({ kind: 'bytes', bytes, contentType: 'text/plain' });
    while (proxy.connections() === 0) await new Promise((next) => setImmediate(next));
    proxy.cut();
    const whole = await through.redeem((await sending).claim);
    expect(whole).toMatchObject({ kind: 'redeemed', bytes: bytes.length });
    await proxy.close();
    proxy.cut();
    const away = await faultOf(through.redeem(claim));
    expect(away).toMatchObject({ name: 'UnavailableError', code: 'unreachable' });
  });

  it('says that a server that stays silent is late, and one that lets nobody in is out of reach', async () => {
    const silent = await during(startFaultProxy({ port: server.port }));
    silent.halfOpen();
    const deaf = open({ ...at(silent.port), answerTimeoutMs: 300 });
    expect(await faultOf(deaf.deposit(JSON_ONE))).toMatchObject({ code: 'timeout' });
    const endpoint = `https://127.0.0.1:${silent.port}`;
    const locked = open({ endpoint, connectTimeoutMs: 300 });
    const error = await faultOf(locked.deposit(JSON_ONE));
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(tookNothing(error)).toBe(true);
  });

  it('has acts wait for a free connection, however long others take', async () => {
    const proxy = await during(startFaultProxy({ port: server.port }));
    const patient = open({ ...at(proxy.port), connectTimeoutMs: 100 });
    const claims = await Promise.all(Array.from({ length: 60 }, () => patient.deposit(JSON_ONE)));
    expect(proxy.connections()).toBeLessThanOrEqual(10);
    expect(claims).toHaveLength(60);
  });
});

const everythingButDate = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
  ...(['setTimeout', 'clearTimeout'] as const),
];
