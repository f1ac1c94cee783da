import type { IncomingHttpHeaders } from 'node:http';

import { InputError, RefusedError, UnavailableError } from '../contract/errors';
import { payloadSchema, readSettings, type PayloadOptions } from '../contract/settings';
import { claimId, newClaim } from './claim';
import { decodePayload, encodePayload } from './content';
import type { Deposited, Payload, PayloadStore, Redeemed } from './payloadStore';
import type { Bucket, Reply } from './s3Bucket';
import { notS3, whereIs } from './s3Cause';

/** As base64 in an item it is still a text that Node can hold; of one of 512 MiB that is no longer so. */
const MOST_BYTES = 256 * 1024 * 1024;
/** How long the object is kept from its last change on. S3 itself knows no end of an object. */
const TTL = 'x-amz-meta-agent-swarm-ttl-ms';
/** Times are whole seconds in HTTP: the one that is in doubt goes to the payload. */
const GRAIN_MS = 1000;
/** Rounds of keeping a payload that others keep at the same time. */
const MOST_ROUNDS = 5;
/** What a header bears, without blanks at its ends, which HTTP drops. */
const CONTENT_TYPE = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** Of an object that this pack stored. */
interface Life {
  /** At most 0 when its time has run out. */
  readonly leftMs: number;
  readonly contentType: string;
  readonly lastModified: string;
}

/**
 * Payloads as objects of a bucket. An object's end is a time to live in its metadata, counted from Last-Modified on and judged by the
 * Date of the same answer: both are of the server's clock. What expired is there for nobody; its bytes go when it is asked for, or by a
 * rule of the bucket.
 */
export class S3Payloads implements PayloadStore {
  readonly kind = 's3';
  readonly mostBytes = MOST_BYTES;

  constructor(private readonly bucket: Bucket) {}

  async deposit(payload: Payload, options: PayloadOptions = {}): Promise<Deposited> {
    const { ttlMs } = readSettings(payloadSchema, options);
    const { content, contentType } = encodePayload(payload, this);
    checkType(contentType);
    const claim = newClaim(this.kind);
    const headers = { 'Content-Type': contentType, [TTL]: String(ttlMs) };
    const id = claimId(claim, this.kind);
    const reply = await this.bucket.ask(id, { method: 'PUT', content, headers });
    if (reply.kind === 'refused' || reply.headers.etag === undefined) throw this.stranger();
    return { claim, bytes: content.length, contentType, expiresAt: Date.now() + ttlMs };
  }

  async redeem(claim: string): Promise<Redeemed> {
    const id = claimId(claim, this.kind);
    const wanted = (headers: IncomingHttpHeaders) => (lifeOf(headers)?.leftMs ?? 0) > 0;
    const reply = await this.bucket.ask(id, { method: 'GET', wanted });
    const life = this.lifeIn(claim, reply);
    if (!life || reply.kind === 'refused') return { kind: 'missing', claim };
    const { contentType, leftMs } = life;
    if (leftMs > 0) return decodePayload(claim, { content: reply.body, contentType }, leftMs);
    // The rule of the bucket takes it otherwise.
    await this.erase(id).catch(() => undefined);
    return { kind: 'missing', claim };
  }

  async remove(claim: string): Promise<boolean> {
    const life = await this.look(claim);
    if (!life) return false;
    await this.erase(claimId(claim, this.kind));
    return life.leftMs > 0;
  }

  async keep(claim: string, leastMs: number): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const life = await this.look(claim);
      if (!life || life.leftMs <= 0 || life.leftMs >= leastMs) return;
      const id = claimId(claim, this.kind);
      const reply = await this.bucket.ask(id, {
        method: 'PUT',
        headers: {
          'Content-Type': life.contentType,
          [TTL]: String(leastMs),
          'x-amz-metadata-directive': 'REPLACE',
          'x-amz-copy-source': this.bucket.sourceOf(id),
          // Not by ETag, which is that of the content: it stays while others keep the payload for longer.
          'x-amz-copy-source-if-unmodified-since': life.lastModified,
        },
        expected: ['PreconditionFailed'],
      });
      if (reply.kind === 'answer') return;
    }
    throw new UnavailableError(
      'unconfirmed',
      `${claim} was not kept for longer: others change it all the time.`,
      'Try again.',
    );
  }

  /**
   * Undefined when nothing is there. The first byte is asked for, since a HEAD that is refused does not say why, and leaves a connection
   * to Swift 2.30 unfit for more. No byte is the first of an empty one.
   */
  private async look(claim: string): Promise<Life | undefined> {
    const id = claimId(claim, this.kind);
    const reply = await this.bucket.ask(id, {
      method: 'GET',
      headers: { Range: 'bytes=0-0' },
      expected: ['InvalidRange'],
    });
    const isEmpty = reply.kind === 'refused' && reply.code === 'InvalidRange';
    return this.lifeIn(claim, isEmpty ? await this.bucket.ask(id, { method: 'GET' }) : reply);
  }

  private async erase(id: string): Promise<void> {
    await this.bucket.ask(id, { method: 'DELETE' });
  }

  /** Undefined when nothing is there. @throws RefusedError when it is not of this pack */
  private lifeIn(claim: string, reply: Reply): Life | undefined {
    if (reply.kind === 'refused') return undefined;
    const life = lifeOf(reply.headers);
    if (life) return life;
    if (!Object.keys(reply.headers).some((name) => name.startsWith('x-amz-'))) {
      throw this.stranger();
    }
    throw new RefusedError(
      'conflict',
      `What is stored under ${claim} is not of this pack: it has no ${TTL}.`,
      'Another program may write to the same place: give this pack a Prefix of its own.',
    );
  }

  private stranger(): RefusedError {
    return notS3(whereIs(this.bucket.settings), 'it says yes without a word of S3');
  }
}

function lifeOf(headers: IncomingHttpHeaders): Life | undefined {
  const { 'last-modified': lastModified = '', 'content-type': contentType = '', date } = headers;
  const ttl = headers[TTL];
  const changedAt = Date.parse(lastModified);
  if (typeof ttl !== 'string' || !/^\d{1,15}$/.test(ttl) || Number.isNaN(changedAt)) {
    return undefined;
  }
  const now = Date.parse(date ?? '') || Date.now();
  const ttlMs = Number(ttl);
  const leftMs = Math.min(ttlMs, ttlMs + GRAIN_MS - (now - changedAt));
  return { leftMs, contentType, lastModified };
}

/** @throws InputError when it cannot stand in a header */
function checkType(contentType: string): void {
  if (CONTENT_TYPE.test(contentType)) return;
  throw new InputError(
    'Content Type',
    `${JSON.stringify(contentType.slice(0, 80))} cannot be stored in S3`,
    'Give a type such as application/pdf: at most 255 letters, digits and signs of ASCII.',
  );
}
