import { randomBytes, randomUUID } from 'node:crypto';

import { deposit } from '../../../src/payload/deposit';
import { redeem } from '../../../src/payload/redeem';
import { remove } from '../../../src/payload/remove';
import { Store } from '../../../src/store/store';
import { newWorld, type World } from '../../support/world';

jest.setTimeout(60_000);

describe('the payload store', () => {
  let world: World;
  let store: Store;

  beforeAll(async () => {
    world = await newWorld();
    store = await Store.open(world.store, 'once');
  });

  afterAll(async () => {
    store.close();
    await world.end();
  });

  it.each([
    ['an object', { a: [1, null, 'ä€😀'], b: { c: true } }],
    ['a list', [1, 2, 3]],
    ['a text', 'just text'],
    ['null', null],
  ])('gives back %s as it was', async (_kind, value) => {
    const { claim, contentType } = await deposit(store, { kind: 'json', value });
    expect(claim).toMatch(/^claim:[0-9a-f-]{36}$/);
    expect(contentType).toBe('application/json');
    const redeemed = await redeem(store, claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed', payload: { kind: 'json', value } });
  });

  it('gives back bytes as they were, with their content type', async () => {
    const bytes = randomBytes(300_000);
    const payload = { kind: 'bytes', bytes, contentType: 'image/png' } as const;
    const { claim } = await deposit(store, payload);
    const redeemed = await redeem(store, claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed', bytes: 300_000, contentType: 'image/png' });
    if (redeemed.kind !== 'redeemed' || redeemed.payload.kind !== 'bytes') throw new Error('lost');
    expect(redeemed.payload.bytes.equals(bytes)).toBe(true);
  });

  it('keeps nothing without an end: seven days by default, the time given otherwise', async () => {
    const keyOf = (claim: string) => store.keys.claim(claim.slice('claim:'.length));
    const week = await deposit(store, { kind: 'json', value: 1 });
    const minute = await deposit(store, { kind: 'json', value: 1 }, { ttlMs: 60_000 });
    expect(keyOf(week.claim).startsWith(world.keys.prefix)).toBe(true);
    const [long, short] = await Promise.all(
      [week, minute].map(({ claim }) => world.keys.redis.pttl(keyOf(claim))),
    );
    expect(long).toBeGreaterThan(7 * 86_400_000 - 60_000);
    expect(long).toBeLessThanOrEqual(7 * 86_400_000);
    expect(short).toBeGreaterThan(0);
    expect(short).toBeLessThanOrEqual(60_000);
    const redeemed = await redeem(store, minute.claim);
    expect(redeemed).toMatchObject({ kind: 'redeemed' });
    if (redeemed.kind === 'redeemed') {
      expect(redeemed.leftMs).toBeGreaterThan(0);
      expect(redeemed.leftMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('answers "missing" for what ran out, was deleted or never was', async () => {
    const { claim } = await deposit(store, { kind: 'json', value: 1 }, { ttlMs: 60_000 });
    // The end of its time, without waiting for it.
    await world.keys.redis.pexpire(store.keys.claim(claim.slice('claim:'.length)), 0);
    expect(await redeem(store, claim)).toEqual({ kind: 'missing', claim });

    const other = await deposit(store, { kind: 'json', value: 1 });
    expect(await remove(store, other.claim)).toBe(true);
    expect(await remove(store, other.claim)).toBe(false);
    expect(await redeem(store, other.claim)).toEqual({ kind: 'missing', claim: other.claim });

    const never = `claim:${randomUUID()}`;
    expect(await redeem(store, never)).toEqual({ kind: 'missing', claim: never });
  });

  it.each(['', 'claim:', 'claim:x', 'claim:{x}', `claim:${randomUUID()}:more`, randomUUID()])(
    'refuses %j as the name of a claim',
    async (claim) => {
      const bad = { name: 'InputError', field: 'Claim' };
      await expect(redeem(store, claim)).rejects.toMatchObject(bad);
      await expect(remove(store, claim)).rejects.toMatchObject(bad);
    },
  );

  it.each([0, 999, 91 * 86_400_000, 1.5])('refuses a time to live of %d ms', async (ttlMs) => {
    await expect(deposit(store, { kind: 'json', value: 1 }, { ttlMs })).rejects.toMatchObject({
      name: 'InputError',
      field: 'ttlMs',
    });
  });

  it('refuses what is no JSON', async () => {
    for (const value of [undefined, 10n]) {
      await expect(deposit(store, { kind: 'json', value: value as never })).rejects.toMatchObject({
        name: 'InputError',
        field: 'Payload',
      });
    }
  });

  it('says so when the key holds what it did not store', async () => {
    const id = randomUUID();
    await world.keys.redis.set(store.keys.claim(id), 'of another program');
    await expect(redeem(store, `claim:${id}`)).rejects.toMatchObject({ code: 'conflict' });
  });
});
