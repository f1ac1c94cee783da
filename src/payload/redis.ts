import { payloadSchema, readSettings, type PayloadOptions } from '../contract/settings';
import type { Script } from '../store/script';
import type { Store } from '../store/store';
import { claimId, newClaim } from './claim';
import { decodePayload, encodePayload } from './content';
import type { Deposited, Payload, PayloadStore, Redeemed } from './payloadStore';

/** Redis stops serving others while it moves a value; larger things belong into another store. */
const MOST_BYTES = 64 * 1024 * 1024;

/** KEYS 1: the claim. ARGV 1: content, 2: content type, 3: time to live in ms. Never leaves a claim without its end. */
const depositScript: Script = {
  name: 'swarmDeposit',
  lua: `
redis.call('HSET', KEYS[1], 'content', ARGV[1], 'type', ARGV[2])
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3]))
`,
};

/** KEYS 1: the claim. ARGV 1: how long it is kept at least, in ms. Never gives an end to what has none, nor an earlier one. */
const keepScript: Script = {
  name: 'swarmKeepClaim',
  lua: `
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1])) end
`,
};

/** Payloads in Redis: a hash each, which Redis itself deletes when its time has run out. */
export class RedisPayloads implements PayloadStore {
  readonly kind = 'redis';
  readonly mostBytes = MOST_BYTES;

  constructor(private readonly store: Store) {}

  async deposit(payload: Payload, options: PayloadOptions = {}): Promise<Deposited> {
    const { ttlMs } = readSettings(payloadSchema, options);
    const { content, contentType } = encodePayload(payload, this);
    const claim = newClaim(this.kind);
    await this.store.run(depositScript, [this.keyOf(claim)], [content, contentType, ttlMs]);
    return { claim, bytes: content.length, contentType, expiresAt: Date.now() + ttlMs };
  }

  async redeem(claim: string): Promise<Redeemed> {
    const key = this.keyOf(claim);
    const [content, type, leftMs] = await this.store.ask(async (client) => {
      // One transaction: a claim that runs out between two commands would be half there.
      const answers = await client.multi().hmgetBuffer(key, 'content', 'type').pttl(key).exec();
      const [[failure, fields], [, left]] = answers as [
        [Error | null, [Buffer | null, Buffer | null]],
        [Error | null, number],
      ];
      if (failure) throw failure;
      return [...fields, left] as const;
    });
    if (content === null) return { kind: 'missing', claim };
    const contentType = type?.toString() ?? 'application/octet-stream';
    return decodePayload(claim, { content, contentType }, leftMs);
  }

  async remove(claim: string): Promise<boolean> {
    const key = this.keyOf(claim);
    // UNLINK frees the memory of a large value aside, not in the way of others.
    return (await this.store.ask((client) => client.unlink(key))) === 1;
  }

  async keep(claim: string, leastMs: number): Promise<void> {
    await this.store.run(keepScript, [this.keyOf(claim)], [leastMs]);
  }

  private keyOf(claim: string): string {
    return this.store.keys.claim(claimId(claim, this.kind));
  }
}
