import { randomUUID } from 'node:crypto';

import { claimId } from '../../../src/payload/claim';
import { RedisPayloads } from '../../../src/payload/redis';
import { Store } from '../../../src/store/store';
import { newWorld, type World } from '../../support/world';
import { describesPayloadStore } from './storeContract';

jest.setTimeout(60_000);

describe('payloads in Redis', () => {
  let world: World;
  let store: Store;
  let payloads: RedisPayloads;

  beforeAll(async () => {
    world = await newWorld();
    store = await Store.open(world.store, 'once');
    payloads = new RedisPayloads(store);
  });

  afterAll(async () => {
    store.close();
    await world.end();
  });

  const keyOf = (claim: string) => store.keys.claim(claimId(claim, 'redis'));

  describesPayloadStore('', () => ({
    payloads,
    leftMs: (claim) => world.keys.redis.pttl(keyOf(claim)),
    async runOut(claim) {
      await world.keys.redis.pexpire(keyOf(claim), 0);
    },
    holds: async (claim) => (await world.keys.redis.exists(keyOf(claim))) === 1,
  }));

  it('keeps each under the prefix of its form', async () => {
    const { claim } = await payloads.deposit({ kind: 'json', value: 1 });
    expect(keyOf(claim).startsWith(world.keys.prefix)).toBe(true);
    expect(await world.keys.redis.exists(keyOf(claim))).toBe(1);
  });

  it('says so when the key holds what it did not store', async () => {
    const id = randomUUID();
    await world.keys.redis.set(store.keys.claim(id), 'of another program');
    await expect(payloads.redeem(`claim:${id}`)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('takes 64 MiB and no more', async () => {
    const bytes = Buffer.alloc(payloads.mostBytes + 1);
    await expect(
      payloads.deposit({ kind: 'bytes', bytes, contentType: 'text/plain' }),
    ).rejects.toMatchObject({ field: 'Payload', message: expect.stringContaining('67108864') });
  });
});
