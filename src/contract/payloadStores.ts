import { z } from 'zod/v4';

/** Kinds of stores that payloads are kept in. A claim names its own. */
export const STORE_KINDS = ['redis', 'postgres'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** As people know them. */
export const STORE_NAMES: Readonly<Record<StoreKind, string>> = {
  redis: 'Redis',
  postgres: 'PostgreSQL',
};

/** A plain name, or one with its schema. PostgreSQL cuts names after 63 bytes. */
const TABLE = /^([a-z_][a-z0-9_$]{0,62}\.)?[a-z_][a-z0-9_$]{0,62}$/i;

/** How PostgreSQL is reached, and where in it payloads are. */
export const postgresSchema = z.object({
  host: z.string().min(1, 'is empty').default('localhost'),
  port: z.int().min(1).max(65_535).default(5432),
  database: z.string().min(1, 'is empty').default('postgres'),
  user: z.string().min(1, 'is empty').default('postgres'),
  password: z.string().default(''),
  /** `verify`: the certificate is checked; `trust_any`: it is not. */
  tls: z.enum(['off', 'verify', 'trust_any']).default('off'),
  /** Made when it is missing. */
  table: z
    .string()
    .regex(TABLE, 'is not the name of a table: letters, digits, _ and $, with or without a schema')
    .default('agent_swarm_payloads'),
  /** Longest a connection attempt may take, ms. */
  connectTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  /** Longest a statement may take, ms: enough for the largest payload on a slow line. */
  answerTimeoutMs: z.int().min(100).max(600_000).default(120_000),
});

export type PostgresSettings = z.infer<typeof postgresSchema>;

/** Stores beside Redis in which payloads may be. */
export interface PayloadPlaces {
  readonly postgres?: PostgresSettings | undefined;
}
