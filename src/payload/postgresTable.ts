/** Expired rows that a deposit takes away: more than it adds, so that they cannot pile up, and few enough to be quick. */
const SWEPT_PER_DEPOSIT = 4;

/** The statements for one table. Times are those of the server. */
export interface Statements {
  /** Makes the table; for a person, too. Bears being run again, also by many at once. */
  readonly create: string;
  /** $1 id, $2 content, $3 content type, $4 time to live in ms. */
  readonly deposit: string;
  /** $1 id, $2 bytes of the first part. */
  readonly redeem: string;
  /** $1 id, $2 the first byte (from 1), $3 how many. */
  readonly part: string;
  /** $1 id. */
  readonly remove: string;
  /** $1 id, $2 how long it is kept at least, in ms. */
  readonly keep: string;
}

/** @param table checked by the settings, and quoted here all the same */
export function statementsFor(table: string): Statements {
  const name = table.split('.').map(quoted).join('.');
  const index = quoted(`${(table.split('.').at(-1) ?? '').slice(0, 50)}_expires_at`);
  return {
    // EXTERNAL: not compressed, so that a part of it is read without the rest.
    create: `CREATE TABLE IF NOT EXISTS ${name} (
  id uuid PRIMARY KEY,
  content bytea NOT NULL,
  content_type text NOT NULL,
  expires_at timestamptz NOT NULL
);
ALTER TABLE ${name} ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS ${index} ON ${name} (expires_at);`,
    // What another one is deleting is passed over, so that deposits do not wait for each other.
    deposit: `WITH swept AS (
  DELETE FROM ${name} WHERE id IN (
    SELECT id FROM ${name} WHERE expires_at <= now()
    ORDER BY expires_at LIMIT ${SWEPT_PER_DEPOSIT} FOR UPDATE SKIP LOCKED
  )
)
INSERT INTO ${name} (id, content, content_type, expires_at)
VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
ON CONFLICT (id) DO NOTHING`,
    redeem: `SELECT content_type, octet_length(content) AS bytes, substring(content from 1 for $2) AS head,
  (extract(epoch from expires_at - now()) * 1000)::float8 AS left_ms
FROM ${name} WHERE id = $1 AND expires_at > now()`,
    part: `SELECT substring(content from $2 for $3) AS part FROM ${name} WHERE id = $1`,
    remove: `DELETE FROM ${name} WHERE id = $1 RETURNING expires_at > now() AS was_there`,
    keep: `UPDATE ${name} SET expires_at = now() + $2 * interval '1 millisecond'
WHERE id = $1 AND expires_at > now() AND expires_at < now() + $2 * interval '1 millisecond'`,
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
