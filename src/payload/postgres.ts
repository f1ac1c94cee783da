import { readSettings, payloadSchema, type PayloadOptions } from '../contract/settings';
import { claimId, newClaim } from './claim';
import { decodePayload, encodePayload } from './content';
import type { Deposited, Payload, PayloadStore, Redeemed } from './payloadStore';
import type { Database } from './postgresDatabase';
import { statementsFor, type Statements } from './postgresTable';

/** It goes out as one value, which takes two to three times its size in memory while it does. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Bytes are read in parts of this size: the client gets them as text of twice their length. */
const PART_BYTES = 8 * 1024 * 1024;

interface Head {
  readonly content_type: string;
  readonly bytes: number;
  readonly head: Buffer;
  readonly left_ms: number;
}

/** Payloads in a table of PostgreSQL. What expired is there for nobody, and deposits take it away bit by bit. */
export class PostgresPayloads implements PayloadStore {
  readonly kind = 'postgres';
  readonly mostBytes = MOST_BYTES;
  private readonly statements: Statements;

  constructor(private readonly database: Database) {
    this.statements = statementsFor(database.settings.table);
  }

  async deposit(payload: Payload, options: PayloadOptions = {}): Promise<Deposited> {
    const { ttlMs } = readSettings(payloadSchema, options);
    const { content, contentType } = encodePayload(payload, this);
    const claim = newClaim(this.kind);
    const values = [claimId(claim, this.kind), content, contentType, ttlMs];
    await this.database.askMaking(this.statements, this.statements.deposit, values);
    return { claim, bytes: content.length, contentType, expiresAt: Date.now() + ttlMs };
  }

  async redeem(claim: string): Promise<Redeemed> {
    const id = claimId(claim, this.kind);
    const found = await this.database.ask<Head>(this.statements.redeem, [id, PART_BYTES]);
    const [row] = found;
    if (!row) return { kind: 'missing', claim };
    const { bytes, head, content_type: contentType, left_ms: leftMs } = row;
    const content = head.length === bytes ? head : await this.whole(id, head, bytes);
    if (!content) return { kind: 'missing', claim };
    return decodePayload(claim, { content, contentType }, Math.ceil(leftMs));
  }

  async remove(claim: string): Promise<boolean> {
    const id = claimId(claim, this.kind);
    const gone = await this.database.ask<{ was_there: boolean }>(this.statements.remove, [id]);
    return gone[0]?.was_there ?? false;
  }

  async keep(claim: string, leastMs: number): Promise<void> {
    await this.database.ask(this.statements.keep, [claimId(claim, this.kind), leastMs]);
  }

  /** The content of a row never changes, so parts that are read one after the other fit. Undefined when it was deleted meanwhile. */
  private async whole(id: string, head: Buffer, bytes: number): Promise<Buffer | undefined> {
    const content = Buffer.allocUnsafe(bytes);
    for (let at = head.copy(content); at < bytes;) {
      const rows = await this.database.ask<{ part: Buffer }>(this.statements.part, [
        id,
        at + 1,
        PART_BYTES,
      ]);
      const part = rows[0]?.part;
      if (!part || part.length === 0) return undefined;
      at += part.copy(content, at);
    }
    return content;
  }
}
