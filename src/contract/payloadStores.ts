import { z } from 'zod/v4';

/** Kinds of stores that payloads are kept in. A claim names its own. */
export const STORE_KINDS = ['redis', 'postgres', 's3'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** As people know them. */
export const STORE_NAMES: Readonly<Record<StoreKind, string>> = {
  redis: 'Redis',
  postgres: 'PostgreSQL',
  s3: 'S3',
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

/** Of AWS: 3 to 63 characters; others, and older ones, take more. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i;
/** Nothing that an address or a signature would write in another way. */
const PREFIX = /^(?!.*(?:\/\/|(?:^|\/)\.{1,2}\/))(?:[a-z0-9._-][a-z0-9._/-]{0,199})?$/i;
const KEY = /^[\x21-\x7e]+$/;

/** How storage that speaks S3 is reached, and where in it payloads are. */
export const s3Schema = z.object({
  /** With `http://` or `https://`; a path is kept. */
  endpoint: z
    .string()
    .refine(
      isEndpoint,
      'is not the address of a server, such as https://s3.eu-central-1.amazonaws.com',
    ),
  region: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/i, 'is not the name of a region')
    .default('us-east-1'),
  accessKeyId: z.string().regex(KEY, 'is empty, or has a character that no key has'),
  secretAccessKey: z.string().min(1, 'is empty'),
  /** The bucket stands in the path, not before the host. */
  pathStyle: z.boolean().default(false),
  /** `trust_any`: the certificate of an https endpoint is not checked. */
  tls: z.enum(['verify', 'trust_any']).default('verify'),
  bucket: z.string().regex(BUCKET, 'is not the name of a bucket'),
  /** Keys begin with it. A folder, when it ends in /. */
  prefix: z
    .string()
    .regex(PREFIX, 'takes letters, digits, . _ - and single / between them, and none at its start')
    .default('agent-swarm/'),
  /** Longest a connection attempt may take, ms. */
  connectTimeoutMs: z.int().min(100).max(120_000).default(10_000),
  /** Longest an answer may take, with all of its bytes, ms: enough for the largest payload on a slow line. */
  answerTimeoutMs: z.int().min(100).max(600_000).default(120_000),
});

export type S3Settings = z.infer<typeof s3Schema>;

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + search + hash === '';
}

/** Stores beside Redis in which payloads may be. */
export interface PayloadPlaces {
  readonly postgres?: PostgresSettings | undefined;
  readonly s3?: S3Settings | undefined;
}
