import { randomBytes, randomUUID } from 'node:crypto';

import type { PayloadStore } from '../../../src/payload/payloadStore';

/** A store under test, and what a plain client sees of it. */
export interface TestedStore {
  readonly payloads: PayloadStore;
  /** How much longer the server keeps it, ms. */
  leftMs(claim: string): Promise<number>;
  /** Brings the end of its time about, without waiting for it. */
  runOut(claim: string): Promise<void>;
  /** Whether the server still has anything of it. */
  holds(claim: string): Promise<boolean>;
}

/** What every store of payloads promises. */
export function describesPayloadStore(mark: string, tested: () => TestedStore): void {
  const newName = () => `claim:${mark}${randomUUID()}`;

  it.each([
    ['an object', { a: [1, null, 'ä€😀'], b: { c: true } }],
    ['a list', [1, 2, 3]],
    ['a text', 'just text'],
    ['null', null],
    ['a field that JavaScript knows', JSON.parse('{"__proto__": {"a": 1}}') as never],
  ])('gives back %s as it was', async (_kind, value) => {
    const { payloads } = tested();
    const { claim, contentType } = await payloads.deposit({ kind: 'json', value });
    expect(claim).toMatch(new RegExp(`^claim:${mark}[0-9a-f-]{36}$`));
    expect(contentType).toBe('application/json');
    const redeemed = await payloads.redeem(claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed', payload: { kind: 'json' } });
    if (redeemed.kind !== 'redeemed' || redeemed.payload.kind !== 'json') throw new Error('lost');
    expect(JSON.stringify(redeemed.payload.value)).toBe(JSON.stringify(value));
  });

  it.each([0, 1, 300_000, 20_000_003])('gives back %d bytes as they were', async (length) => {
    const { payloads } = tested();
    const bytes = randomBytes(length);
    const { claim } = await payloads.deposit({ kind: 'bytes', bytes, contentType: 'image/png' });
    const redeemed = await payloads.redeem(claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed', bytes: length, contentType: 'image/png' });
    if (redeemed.kind !== 'redeemed' || redeemed.payload.kind !== 'bytes') throw new Error('lost');
    expect(redeemed.payload.bytes.equals(bytes)).toBe(true);
  });

  it('keeps nothing without an end: seven days by default, the time given otherwise', async () => {
    const { payloads, leftMs } = tested();
    const week = await payloads.deposit({ kind: 'json', value: 1 });
    const minute = await payloads.deposit({ kind: 'json', value: 1 }, { ttlMs: 60_000 });
    const [long = 0, short = 0] = await Promise.all(
      [week, minute].map(({ claim }) => leftMs(claim)),
    );
    expect(long).toBeGreaterThan(7 * 86_400_000 - 60_000);
    expect(long).toBeLessThanOrEqual(7 * 86_400_000);
    expect(short).toBeGreaterThan(0);
    expect(short).toBeLessThanOrEqual(60_000);
    const redeemed = await payloads.redeem(minute.claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed' });
    if (redeemed.kind === 'redeemed') {
      expect(redeemed.leftMs).toBeGreaterThan(0);
      expect(redeemed.leftMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('answers "missing" for what ran out, was deleted or never was', async () => {
    const { payloads, runOut, holds } = tested();
    const { claim } = await payloads.deposit({ kind: 'json', value: 1 }, { ttlMs: 60_000 });
    await runOut(claim);
    expect(await payloads.redeem(claim)).toEqual({ kind: 'missing', claim });
    expect(await payloads.remove(claim)).toBe(false);

    const other = await payloads.deposit({ kind: 'json', value: 1 });
    expect(await payloads.remove(other.claim)).toBe(true);
    expect(await holds(other.claim)).toBe(false);
    expect(await payloads.remove(other.claim)).toBe(false);
    expect(await payloads.redeem(other.claim)).toEqual({ kind: 'missing', claim: other.claim });

    const never = newName();
    expect(await payloads.redeem(never)).toEqual({ kind: 'missing', claim: never });
  });

  it('keeps a payload for longer when asked, and never for less', async () => {
    const { payloads, leftMs, runOut } = tested();
    const { claim } = await payloads.deposit({ kind: 'json', value: 1 }, { ttlMs: 60_000 });
    await payloads.keep(claim, 30_000);
    expect(await leftMs(claim)).toBeGreaterThan(30_000);
    await payloads.keep(claim, 30 * 86_400_000);
    expect(await leftMs(claim)).toBeGreaterThan(30 * 86_400_000 - 60_000);
    await runOut(claim);
    await payloads.keep(claim, 60_000);
    expect(await payloads.redeem(claim)).toMatchObject({ kind: 'missing' });
    await payloads.keep(newName(), 60_000);
  });

  it('refuses what is no name of a claim of its own', async () => {
    const { payloads } = tested();
    const other = mark === '' ? 'pg:' : '';
    const id = randomUUID();
    const names = ['', 'claim:', 'claim:x', 'claim:{x}', `claim:${mark}${id}:more`, id];
    names.push(`claim:${other}${id}`, `claim:${mark}${id.toUpperCase()}`, `claim:xx:${id}`);
    const bad = { name: 'InputError', field: 'Claim' };
    for (const claim of names) {
      await expect(payloads.redeem(claim)).rejects.toMatchObject(bad);
      await expect(payloads.remove(claim)).rejects.toMatchObject(bad);
      await expect(payloads.keep(claim, 1000)).rejects.toMatchObject(bad);
    }
  });

  it.each([0, 999, 91 * 86_400_000, 1.5])('refuses a time to live of %d ms', async (ttlMs) => {
    const { payloads } = tested();
    await expect(payloads.deposit({ kind: 'json', value: 1 }, { ttlMs })).rejects.toMatchObject({
      name: 'InputError',
      field: 'ttlMs',
    });
  });

  it('refuses what is no JSON', async () => {
    const { payloads } = tested();
    for (const value of [undefined, 10n]) {
      await expect(payloads.deposit({ kind: 'json', value: value as never })).rejects.toMatchObject(
        { name: 'InputError', field: 'Payload' },
      );
    }
  });

  it('keeps payloads that are stored and read at once apart', async () => {
    const { payloads } = tested();
    const values = Array.from({ length: 40 }, (_none, index) => ({ index }));
    const deposits = await Promise.all(
      values.map((value) => payloads.deposit({ kind: 'json', value })),
    );
    expect(new Set(deposits.map(({ claim }) => claim)).size).toBe(40);
    const redeemed = await Promise.all(deposits.map(({ claim }) => payloads.redeem(claim)));
    expect(redeemed).toMatchObject(values.map((value) => ({ payload: { kind: 'json', value } })));
  });
}
